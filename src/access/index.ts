/** All that a domain module needs of this service. The public surface: SemVer covers it. */
export { AccessModule, type AccessFeatureOptions } from './access.module';
export { AccessTokenClaims, type ClaimsSubject } from './access-token-claims';
export { CurrentPrincipal } from './current-principal.decorator';
export { MfaGuard } from './mfa.guard';
export type { Acr, Principal } from './principal';
export { Public } from '../platform/http/public.decorator';
export { RequireMfa } from './require-mfa.decorator';
export { RequireRecentAuthentication } from './require-recent-authentication.decorator';
export { RequirePermissions } from './require-permissions.decorator';
export { RequireRoles } from './require-roles.decorator';
export type { AssuranceRequirement } from './assurance';
export { AuditLog, type AuditEvent } from '../platform/audit/audit-log';
// All of it, or modules could not add to it.
export * from '../platform/audit/domain-audit-events';
export { DomainEvents } from '../platform/events/domain-events';
export type { DomainEvent, EventName, EventPayloads } from '../platform/events/domain-event';
export { OnEvent } from '../platform/events/on-event.decorator';
export { Clock } from '../platform/clock/clock';
export { Metrics, type Counter, type CounterOptions } from '../platform/metrics/metrics';
export { DomainError } from '../platform/errors/domain-error';
export { Transactions } from '../platform/database/transactions';
export { returnedRows } from '../platform/database/returned-rows';
export { schemaOf } from '../platform/database/schema-of';
export { ApiProblems } from '../platform/errors/api-problems.decorator';
export { Client, type ClientInfo } from '../platform/http/client-info';
export { IsGiven } from '../platform/http/is-given.decorator';
export { IdParam } from '../platform/http/id-param.decorator';
export { DEFAULT_LIMIT, idOfCursor, PageDto, pageOf, PageQueryDto } from '../platform/http/page.dto';
