import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type CityResponse, Reader } from 'mmdb-lib';
import { readFileSync } from 'node:fs';
import { SettingsError } from '../../../platform/config/load-settings';
import { RiskSettings } from '../../../platform/config/settings/risk.settings';
import { plainAddress } from '../../../platform/rate-limits/client-network';
import type { Location } from './travel';

/** Where a database leaves the precision out: about a country. */
const UNKNOWN_RADIUS_KM = 1000;
/** An address in each of so many parts of the tree is looked up at start. */
const PROBES = 256;

/** Where addresses are, by the MaxMind database of `RISK_GEOIP_FILE`. Nothing is asked over the network. */
@Injectable()
export class IpLocations implements OnModuleInit {
  private readonly logger = new Logger(IpLocations.name);
  private reader: Reader<CityResponse> | undefined;
  private hasFailed = false;

  constructor(private readonly settings: RiskSettings) {}

  /** @throws SettingsError when the file cannot be read, or has no locations */
  onModuleInit(): void {
    const { isOn, geoipFile } = this.settings;
    if (isOn && geoipFile !== undefined) this.reader = openDatabase(geoipFile);
  }

  /** Undefined for an address that the database does not know: a private one, say. */
  find(ip: string): Location | undefined {
    try {
      // A file may leave out any of it, whatever the types say.
      const location: Partial<NonNullable<CityResponse['location']>> | undefined = this.reader?.get(
        plainAddress(ip),
      )?.location;
      const { latitude, longitude, accuracy_radius: radius = UNKNOWN_RADIUS_KM } = location ?? {};
      return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude, radius };
    } catch {
      if (!this.hasFailed)
        this.logger.warn('RISK_GEOIP_FILE: some addresses cannot be looked up; the file is damaged.');
      this.hasFailed = true;
      return undefined;
    }
  }
}

function openDatabase(file: string): Reader<CityResponse> {
  const problem = (what: string) => new SettingsError([`RISK_GEOIP_FILE: ${what}.`]);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    throw problem('the file cannot be read');
  }
  try {
    const reader = new Reader<CityResponse>(bytes);
    for (let octet = 0; octet < PROBES; octet++) reader.get(`${octet}.0.0.1`);
    if (/City|Enterprise|Insights/.test(reader.metadata.databaseType)) return reader;
  } catch {
    throw problem('the file is not a whole MaxMind database (.mmdb)');
  }
  throw problem('the database has no locations; it takes a City database, such as GeoLite2-City.mmdb');
}
