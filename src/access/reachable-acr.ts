import { Injectable } from '@nestjs/common';
import { ACR_LADDER, type Acr } from './principal';

/** The rungs of the ladder that a sign-in can reach here. Each factor in use adds its own at start. */
@Injectable()
export class ReachableAcr {
  private readonly reached = new Set<Acr>(['aal1']);

  add(acr: Acr): void {
    this.reached.add(acr);
  }

  /** The weakest first. */
  get values(): Acr[] {
    return ACR_LADDER.filter((acr) => this.reached.has(acr));
  }
}
