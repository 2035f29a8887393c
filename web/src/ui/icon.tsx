const PATHS = {
  close: 'M5 5l10 10M15 5L5 15',
  totp: 'M6.5 2.500h7a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM9 15h2',
  email: 'M3 5h14v10H3zM3 5.500l7 5.5 7-5.5',
  sms: 'M3 4h14v9H9l-4 3.500V13H3z',
  webauthn: 'M7 10a3.5 3.5 0 1 1 0-.01M10.5 10H17v3M14 10v2',
  recovery_code: 'M10 2.500a7.5 7.5 0 1 1-7 4.800M2.5 3v4.500H7M10 6v4l3 2',
  other: 'M10 2.500l6 2.300v4.700c0 3.8-2.4 6.6-6 8-3.6-1.4-6-4.2-6-8V4.800z',
} as const;

/** A drawing without words: what it means stands beside it, or in the label of its button. */
export function Icon({ name }: { name: string }) {
  const path = Object.hasOwn(PATHS, name) ? PATHS[name as keyof typeof PATHS] : PATHS.other;
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
}
