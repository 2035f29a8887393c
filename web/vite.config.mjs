import { defineConfig } from 'vite';

/** Where `npm run start:dev` serves the API. */
const SERVICE = process.env.ISSUER ?? `http://localhost:${process.env.PORT ?? 3000}`;

export default defineConfig({
  root: import.meta.dirname,
  base: '/account/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // The policy allows no data: but pictures, and all files carry a hash.
    modulePreload: false,
  },
  server: {
    strictPort: true,
    // As the service, or the cookie would not be taken: it wants the Origin of the issuer.
    proxy: Object.fromEntries(
      ['/v1', '/dev'].map((path) => [path, { target: SERVICE, headers: { origin: new URL(SERVICE).origin } }]),
    ),
  },
});
