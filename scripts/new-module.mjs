// npm run new:module <plural> [<singular>]: makes a domain module in src/modules, and registers it.
import { NameRefused, namesOf } from './new-module/names.mjs';
import { addModule } from './new-module/add-module.mjs';

const USAGE = `Usage: npm run new:module <plural> [<singular>]

  <plural>     kebab-case, e.g. invoices or purchase-orders: names the folder, the routes and the table
  <singular>   where it is not what English makes of it by rule, e.g. npm run new:module movies movie
`;

const [plural, singular, ...rest] = process.argv.slice(2);
if (plural === undefined || plural.startsWith('-') || rest.length > 0) {
  console.error(USAGE);
  process.exit(2);
}

try {
  const names = namesOf(plural, singular);
  const files = addModule(process.cwd(), names);
  console.log(`Made the module ${names.Things}:

${files.map((file) => `  ${file}`).join('\n')}

and registered it in src/modules/index.ts. Next:

  1. Put your own fields into entities/, dto/ and the migration. It has not run anywhere yet: change it freely.
  2. Say in ${names.things}.controller.ts who may do what. As it stands, reading takes an access token; writing takes a
     verified second factor and the permission ${names.things}:write, which the role admin has from the next start.
  3. npx jest src/modules/${names.things}
  4. npm run check
  5. npm run build && npm run migrate, where the database is not migrated at start.`);
} catch (error) {
  if (!(error instanceof NameRefused)) throw error;
  console.error(error.message);
  process.exit(1);
}
