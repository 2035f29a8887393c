import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EntityManager } from 'typeorm';
import { AUDIT_EVENT_TYPES } from './audit-event-types';
import type { AuditLog } from './audit-log';

const DOCUMENT = join(__dirname, '..', '..', '..', 'docs', 'audit.md');

describe('Types of audit events', () => {
  it('are all in docs/audit.md, as they are described here', () => {
    const [, table = ''] = /<!-- types -->\n([^]*?)<!-- \/types -->/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
    const rows = [...table.matchAll(/^\| `([^`]+)` +\| (.*?) +\|$/gm)].map(([, type, text]) => [type, text]);
    expect(rows).toEqual(Object.entries(AUDIT_EVENT_TYPES));
  });

  it('are the only ones that can be recorded', () => {
    const record = (audit: AuditLog, tx: EntityManager) =>
      // @ts-expect-error -- nobody has described it
      audit.record(tx, { type: 'session.invented', outcome: 'success' });
    expect(record).toBeInstanceOf(Function); // The compiler has checked it.
  });
});
