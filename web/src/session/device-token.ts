const KEY = 'countersign.device-token';

/** Kept beyond the sign-in and the tab: an attacker at the password must not lock out a device that was here before. No one signs in by it. */
export function keepDeviceToken(deviceToken: string): void {
  try {
    localStorage.setItem(KEY, deviceToken);
  } catch {
    // Storage is switched off or full: this device is a new one next time.
  }
}

export function keptDeviceToken(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
