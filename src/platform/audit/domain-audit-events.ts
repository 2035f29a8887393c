/**
 * Types of the events that domain modules record, each added by the module that records it.
 *
 * @example
 * declare module '../../access' {
 *   interface DomainAuditEvents {
 *     'payout.approved': 'A payout was approved';
 *   }
 * }
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- modules add to it
export interface DomainAuditEvents {}
