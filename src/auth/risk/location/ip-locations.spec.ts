import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingsError } from '../../../platform/config/load-settings';
import { RiskSettings } from '../../../platform/config/settings/risk.settings';
import { IpLocations } from './ip-locations';

const FOLDER = join(__dirname, '..', '..', '..', '..', 'test', 'support', 'geoip');
const CITIES = join(FOLDER, 'GeoLite2-City-Test.mmdb');

function locations(geoipFile?: string, isOn = true): IpLocations {
  const opened = new IpLocations(Object.assign(new RiskSettings(), { isOn, geoipFile }));
  opened.onModuleInit();
  return opened;
}

describe(IpLocations, () => {
  const folder = mkdtempSync(join(tmpdir(), 'geoip-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(['81.2.69.160', '::ffff:81.2.69.160'])('finds where %s is', (ip) => {
    expect(locations(CITIES).find(ip)).toEqual({ latitude: 51.5142, longitude: -0.0931, radius: 100 });
  });

  it('finds an IPv6 address', () => {
    expect(locations(CITIES).find('2001:218::1')).toMatchObject({ latitude: 35.68536 });
  });

  it.each(['127.0.0.1', '192.168.1.1', 'fe80::1%eth0', '', 'unknown'])('finds nothing for %j', (ip) => {
    expect(locations(CITIES).find(ip)).toBeUndefined();
  });

  it('finds nothing without a database', () => {
    expect(locations().find('81.2.69.160')).toBeUndefined();
  });

  it('does not read the file while it is not used', () => {
    expect(locations('/nowhere.mmdb', false).find('81.2.69.160')).toBeUndefined();
  });

  const whole = readFileSync(CITIES);
  it.each<[string, Buffer | undefined, string]>([
    ['that is not there', undefined, 'cannot be read'],
    ['that is empty', Buffer.alloc(0), 'is not a whole MaxMind database'],
    ['that is something else', Buffer.from('a page that says no'.repeat(100)), 'is not a whole MaxMind database'],
    ['that is cut off', whole.subarray(0, whole.length / 2), 'is not a whole MaxMind database'],
    ['whose first half is lost', whole.subarray(whole.length / 2), 'is not a whole MaxMind database'],
    ['that has no locations', readFileSync(join(FOLDER, 'GeoLite2-ASN-Test.mmdb')), 'has no locations'],
  ])('stops the start with a plain message for a file %s', (_what, content, message) => {
    const file = join(folder, 'broken.mmdb');
    rmSync(file, { force: true });
    if (content !== undefined) writeFileSync(file, content);
    const open = () => locations(file);
    expect(open).toThrow(SettingsError);
    expect(open).toThrow(/RISK_GEOIP_FILE: /);
    expect(open).toThrow(message);
  });
});
