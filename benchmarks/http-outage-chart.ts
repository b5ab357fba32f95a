import { type OutageCourse, outageTimes } from "./http-outage.ts";

/** One column of the chart: the courses of all strategies in one kind of outage. */
export interface ChartColumn {
  readonly title: string;
  readonly courses: readonly OutageCourse[];
}

const WIDTH = 1120;
const PANEL = { width: 500, height: 190, left: 50, top: 120, gapX: 50, gapY: 60 } as const;
const SECONDS = outageTimes.end / 1000;
const LABELLED = [0, 60, 120, 180, 240, 300];

const x = (column: number, second: number): number =>
  PANEL.left + column * (PANEL.width + PANEL.gapX) + (second / SECONDS) * PANEL.width;
const y = (row: number, share: number): number =>
  PANEL.top + row * (PANEL.height + PANEL.gapY) + (1 - share) * PANEL.height;

const text = (at: readonly [number, number], words: string, kind = "", anchor = "start"): string =>
  `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" class="${kind}" text-anchor="${anchor}">${words.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;

function line(
  column: number,
  row: number,
  values: readonly (number | null)[],
  most: number,
  kind: string,
): string {
  let drawing = false;
  const path = values.map((value, second) => {
    // Where there is nothing to show, the line has a gap.
    const step = drawing ? "L" : "M";
    drawing = value !== null;
    return value === null
      ? ""
      : `${step}${x(column, second + 1).toFixed(1)} ${y(row, value / most).toFixed(1)}`;
  });
  return `<path d="${path.join("")}" class="line ${kind}"/>`;
}

/** The mean of each value and the two on both its sides, which a chart shows better than every jump. */
const smooth = (values: readonly number[]): number[] =>
  values.map((_, at) => {
    const near = values.slice(Math.max(0, at - 2), at + 3);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });

function frame(column: number, row: number, marks: readonly (readonly [share: number, label: string])[]) {
  const [left, right] = [x(column, 0), x(column, SECONDS)];
  return [
    `<rect x="${x(column, outageTimes.downAt / 1000).toFixed(1)}" y="${y(row, 1)}" width="${(x(0, 60) - x(0, 0)).toFixed(1)}" height="${PANEL.height}" class="down"/>`,
    ...marks.flatMap(([share, label]) => [
      `<line x1="${left}" x2="${right}" y1="${y(row, share).toFixed(1)}" y2="${y(row, share).toFixed(1)}" class="grid"/>`,
      text([left - 6, y(row, share) + 4], label, "small", "end"),
    ]),
    ...LABELLED.map((second) => text([x(column, second), y(row, 0) + 16], `${second} s`, "small", "middle")),
  ];
}

/**
 * Draws what became of all strategies: requests a second above, share of calls that succeed below.
 *
 * @param title what the whole chart shows
 * @param columns one for each kind of outage, with the same strategies in the same order
 * @returns an SVG document, for light and dark surroundings
 */
export function outageChart(title: string, columns: readonly ChartColumn[]): string {
  const requests = columns.map(({ courses }) => courses.map((course) => smooth(course.requests)));
  const most = Math.ceil(Math.max(...requests.flat(2)) / 100) * 100;
  const names = columns[0]?.courses.map(({ name }) => name) ?? [];
  const legend = names.flatMap((name, at) => {
    const [left, top] = [PANEL.left + (at % 4) * 265, 56 + Math.floor(at / 4) * 20];
    return [
      `<line x1="${left}" x2="${left + 26}" y1="${top - 4}" y2="${top - 4}" class="line s${at}"/>`,
      text([left + 33, top], name),
    ];
  });
  const panels = columns.flatMap(({ title: head, courses }, column) => [
    text([x(column, 0), PANEL.top - 12], `requests a second: the server ${head}`, "head"),
    ...frame(
      column,
      0,
      [0, 0.5, 1].map((share) => [share, String(most * share)]),
    ),
    text([x(column, 0), y(1, 1) - 12], "calls that succeed, of those that ended in the last 5 s", "head"),
    ...frame(column, 1, [
      [0, "0 %"],
      [0.5, "50 %"],
      [0.95, "95 %"],
    ]),
    text([x(column, 60), y(0, 1) + 14], "down", "small", "middle"),
    ...courses.map((_, at) => line(column, 0, requests[column]?.[at] ?? [], most, `s${at}`)),
    ...courses.map((course, at) => line(column, 1, course.success, 1, `s${at}`)),
  ]);
  const height = y(1, 0) + 34;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">
<style>
  svg { background: #ffffff; font: 13px system-ui, sans-serif; }
  text { fill: #24292f; } .title { font-size: 17px; font-weight: 600; } .head { font-weight: 600; } .small { font-size: 11px; fill: #57606a; }
  .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .grid { stroke: #d0d7de; stroke-width: 1; } .down { fill: #cf222e; fill-opacity: 0.09; }
  .s0 { stroke: #8c959f; stroke-dasharray: 5 4; } .s1 { stroke: #cf222e; } .s2 { stroke: #bf8700; } .s3 { stroke: #8250df; }
  .s4 { stroke: #0969da; stroke-dasharray: 2 3; } .s5 { stroke: #0969da; } .s6 { stroke: #1a7f37; stroke-width: 2.6; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; } text { fill: #e6edf3; } .small { fill: #9198a1; } .grid { stroke: #30363d; } .down { fill: #ff7b72; fill-opacity: 0.14; }
    .s0 { stroke: #7d8590; } .s1 { stroke: #ff7b72; } .s2 { stroke: #e3b341; } .s3 { stroke: #d2a8ff; } .s4, .s5 { stroke: #79c0ff; } .s6 { stroke: #56d364; }
  }
</style>
${text([PANEL.left, 28], title, "title")}
${[...legend, ...panels].join("\n")}
</svg>
`;
}
