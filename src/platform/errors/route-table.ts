import { Injectable } from '@nestjs/common';

/** Which methods a path answers to, so that a known path with another method gets 405 and not 404. */
@Injectable()
export class RouteTable {
  private lookup: (path: string) => readonly string[] = () => [];

  /** Set once by the HTTP adapter's set-up, which alone knows the router. */
  useLookup(lookup: (path: string) => readonly string[]): void {
    this.lookup = lookup;
  }

  methodsOf(url: string): readonly string[] {
    return this.lookup(url.split('?', 1)[0] ?? '/');
  }
}
