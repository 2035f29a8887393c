import { type Bar, type Panel, toSvg } from './chart';
import { inWords } from './machine';
import type { Results } from './results';

const CPU = 'server CPU, µs each: less is better';

/** The figures that a reader compares first. Start-up is in the tables. */
export function drawResults({ command, machine, guard, firstUse, refresh, betterAuth }: Results): string {
  const panels: Panel[] = [];
  if (betterAuth) {
    for (const task of new Set(betterAuth.compared.map((each) => each.task))) {
      const bars = betterAuth.compared
        .filter((each) => each.task === task)
        .map(({ whose, label, cpu }) =>
          bar(whose === 'Countersign' ? 'ours' : 'theirs', `${whose}, ${label}`, cpu.median),
        );
      panels.push({ title: `${task}, beside better-auth ${betterAuth.version}`, unit: CPU, bars });
    }
  }
  if (refresh) {
    panels.push({
      title: 'A refresh, beside the least that it takes',
      unit: CPU,
      bars: [
        bar('ours', 'POST /v1/auth/refresh', refresh.ours.cpuPerRequest),
        bar('theirs', 'one UPDATE, one signature, bare Fastify', refresh.bare.cpuPerRequest),
      ],
    });
  }
  if (guard.length > 0) {
    panels.push({
      title: 'A request behind the guard, beside the same route open',
      unit: CPU,
      bars: guard.flatMap(({ algorithm, medians }) => [
        bar('ours', `${algorithm}, @RequireMfa()`, medians.protected.cpuPerRequest),
        bar('theirs', `${algorithm}, @Public()`, medians.public.cpuPerRequest),
      ]),
    });
  }
  if (firstUse.length > 0) {
    panels.push({
      title: 'Checking one token, without HTTP',
      unit: 'CPU, µs each: less is better',
      bars: firstUse.flatMap(({ algorithm, ...cost }) => [
        bar('ours', `${algorithm}, guard, first use`, cost.firstUse),
        bar('ours', `${algorithm}, guard, every later use`, cost.laterUse),
        bar('theirs', `${algorithm}, passport-jwt alone`, cost.passportJwt),
      ]),
    });
  }
  const [hardware = '', ...circumstances] = inWords(machine).split('; ');
  return toSvg('What it costs', { ours: 'Countersign', theirs: 'what it is compared with' }, panels, [
    `${command} on ${hardware};`,
    `${circumstances.join('; ')}. Medians. What a PostgreSQL server uses is not counted.`,
  ]);
}

function bar(series: Bar['series'], label: string, value: number): Bar {
  return { label, value, series };
}
