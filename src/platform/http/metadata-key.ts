/** One kind of note that decorators leave on controllers and methods, and guards read. */
export class MetadataKey<T> {
  private readonly key: symbol;

  constructor(name: string) {
    this.key = Symbol(name);
  }

  set(target: object, value: T): void {
    Reflect.defineMetadata(this.key, value, target);
  }

  /** Inherited, as the guards are that Nest finds on a controller's base class. */
  get(target: object): T | undefined {
    return Reflect.getMetadata(this.key, target) as T | undefined;
  }
}
