import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../platform/errors/domain-error';
import { AccessTokenClaims, type ClaimsSubject } from './access-token-claims';
import { assertDeclaredJson, assertSize, objectionToClaimName } from './further-claims';

/** Every `AccessTokenClaims` among the providers of all modules. */
@Injectable()
export class AccessTokenClaimsRegistry implements OnApplicationBootstrap {
  private providers: readonly AccessTokenClaims[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  /** @throws Error when a claim's name is reserved, given by two, or none; when a provider is made for each request */
  onApplicationBootstrap(): void {
    const found = new Set<AccessTokenClaims>();
    const owners = new Map<string, string>();
    const problems: string[] = [];
    for (const wrapper of this.discovery.getProviders()) {
      const instance: unknown = wrapper.instance;
      if (!(instance instanceof AccessTokenClaims) || found.has(instance)) continue;
      const owner = instance.constructor.name;
      if (!wrapper.isDependencyTreeStatic()) {
        problems.push(`${owner} gives claims and must be one for all requests, not one for each`);
        continue;
      }
      found.add(instance);
      for (const name of instance.names) {
        const objection = objectionToClaimName(name);
        if (objection !== undefined)
          problems.push(`${owner} cannot give the claim ${JSON.stringify(name)}: ${objection}`);
        const other = owners.get(name);
        if (other !== undefined) problems.push(`${owner} and ${other} both give the claim ${JSON.stringify(name)}`);
        owners.set(name, owner);
      }
    }
    if (problems.length > 0) throw new Error(problems.join('\n'));
    this.providers = [...found];
  }

  /**
   * The further claims of a token that is about to be made.
   *
   * @throws DomainError `unavailable` when any of them cannot be had
   */
  async claimsFor(subject: ClaimsSubject, tx: EntityManager): Promise<Readonly<Record<string, unknown>>> {
    const all: Record<string, unknown> = {};
    try {
      for (const provider of this.providers) {
        const claims: unknown = await provider.claimsFor(subject, tx);
        assertDeclaredJson(claims, provider.names);
        Object.assign(all, claims);
      }
      assertSize(all);
    } catch (cause) {
      throw new DomainError('unavailable', { cause });
    }
    return all;
  }
}
