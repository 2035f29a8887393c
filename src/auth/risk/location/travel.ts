/** A place on earth, and how far from it somebody may be. */
export interface Location {
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
  /** Kilometres. */
  readonly radius: number;
}

const EARTH_RADIUS_KM = 6371;
/** Within this distance a database of locations is wrong too often: networks reach over a country, and are moved within it. */
const NEARBY_KM = 500;

/** Kilometres along the surface (haversine formula). */
export function distanceBetween(from: Location, to: Location): number {
  const [latitude, longitude] = [radians(to.latitude - from.latitude), radians(to.longitude - from.longitude)];
  const chord =
    Math.sin(latitude / 2) ** 2 +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * Math.sin(longitude / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/**
 * Whether nobody gets from one place to the other in that time, by the shortest way that the two may be apart.
 *
 * @param speed kilometres an hour
 */
export function isImpossibleTravel(from: Location, to: Location, seconds: number, speed: number): boolean {
  const distance = distanceBetween(from, to) - from.radius - to.radius;
  return distance > NEARBY_KM && distance > (Math.max(0, seconds) / 3600) * speed;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
