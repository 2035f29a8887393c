/** One kind of note that decorators leave on controllers and methods, and guards read. */
export class MetadataKey<T> {
  private readonly key: symbol;

  constructor(name: string) {
    this.key = Symbol(name);
  }

  set(target: object, value: T): void {
    Reflect.defineMetadata(this.key, value, target);
  }

  /** What was set on the class and on each of its base classes, those first: what a base class says is not unsaid by an heir. */
  allOf(target: object): T[] {
    const own = Reflect.getOwnMetadata(this.key, target) as T | undefined;
    const base = Object.getPrototypeOf(target) as object | null;
    return [...(base === null ? [] : this.allOf(base)), ...(own === undefined ? [] : [own])];
  }

  /** Inherited, as the guards are that Nest finds on a controller's base class. */
  get(target: object): T | undefined {
    return Reflect.getMetadata(this.key, target) as T | undefined;
  }
}
