import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate of its own making, for `localhost`: nobody trusts it who was not told to. */
export class Certificate {
  private readonly folder = mkdtempSync(join(tmpdir(), 'countersign-certificate-'));
  /** PEM, for whoever is to trust it. */
  readonly file = join(this.folder, 'cert.pem');
  readonly cert: string;
  readonly key: string;

  constructor(name = 'localhost') {
    const key = join(this.folder, 'key.pem');
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', this.file], { stdio: 'pipe' });
    this.cert = readFileSync(this.file, 'utf8');
    this.key = readFileSync(key, 'utf8');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
