import { escapeXml } from './escape-xml';

/** Horizontal bars on one scale. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly series: Series;
}

export type Series = 'ours' | 'theirs';

const WIDTH = 860;
const MARGIN = 24;
const BARS_AT = 330;
const VALUES = 74;
const BAR_HEIGHT = 16;
const BAR_STEP = 22;
const TITLE_STEP = 34;
const HEADER = 72;
const CAPTION_STEP = 18;

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #333a42 }
  .heading { font-size: 18px; font-weight: 600 }
  .title { font-size: 14px; font-weight: 600 }
  .caption { font-size: 12px; fill: #6a737d }
  .quiet { fill: #6a737d }
  .value { font-variant-numeric: tabular-nums }
  .paper { fill: #ffffff }
  .rule { stroke: #d5dae0 }
  .ours { fill: #3f6f9f }
  .theirs { fill: #a7b0ba }
  @media (prefers-color-scheme: dark) {
    text { fill: #d3d9df }
    .quiet, .caption { fill: #97a1ab }
    .paper { fill: #14181d }
    .rule { stroke: #3a424b }
    .ours { fill: #76a5d3 }
    .theirs { fill: #67717c }
  }`;

/** A chart as SVG, of light or dark paper as the reader has it. */
export function toSvg(
  heading: string,
  legend: Readonly<Record<Series, string>>,
  panels: readonly Panel[],
  caption: readonly string[],
): string {
  const parts: string[] = [];
  let y = HEADER;
  for (const panel of panels) {
    parts.push(...drawPanel(panel, y));
    y += heightOf(panel);
  }
  const rule = `<line class="rule" x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${y}" y2="${y}"/>`;
  const lines = caption.map((line, index) => text(MARGIN, y + 24 + index * CAPTION_STEP, line, 'caption'));
  y += 20 + caption.length * CAPTION_STEP;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="heading">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${y}" rx="6"/>`,
    text(MARGIN, 32, heading, 'heading', ' id="heading"'),
    ...drawLegend(legend),
    ...parts,
    rule,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

function drawLegend(legend: Readonly<Record<Series, string>>): string[] {
  return (['ours', 'theirs'] as const).flatMap((series, index) => {
    const x = MARGIN + index * 150;
    return [
      `<rect class="${series}" x="${x}" y="46" width="12" height="12" rx="2"/>`,
      text(x + 18, 57, legend[series], 'quiet'),
    ];
  });
}

function drawPanel({ title, unit, bars }: Panel, top: number): string[] {
  const scale = (WIDTH - BARS_AT - VALUES - MARGIN) / Math.max(...bars.map(({ value }) => value), Number.EPSILON);
  const parts = [
    `<line class="rule" x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${top}" y2="${top}"/>`,
    text(MARGIN, top + 23, title, 'title'),
    text(WIDTH - MARGIN, top + 23, unit, 'quiet', ' text-anchor="end"'),
  ];
  let y = top + TITLE_STEP;
  for (const bar of bars) {
    const length = Math.max(bar.value * scale, 1);
    parts.push(
      text(MARGIN, y + 13, bar.label, 'quiet'),
      `<rect class="${bar.series}" x="${BARS_AT}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
      text(Number((BARS_AT + length + 8).toFixed(1)), y + 13, figure(bar.value), 'value'),
    );
    y += BAR_STEP;
  }
  return parts;
}

function heightOf({ bars }: Panel): number {
  return TITLE_STEP + bars.length * BAR_STEP + 16;
}

function text(x: number, y: number, content: string, style: string, more = ''): string {
  return `<text x="${x}" y="${y}" class="${style}"${more}>${escapeXml(content)}</text>`;
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}
