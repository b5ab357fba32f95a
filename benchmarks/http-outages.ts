import { mkdirSync, writeFileSync } from "node:fs";
import { type Load, liveThrough, type OutageCourse } from "./http-outage.ts";
import { outageChart } from "./http-outage-chart.ts";
import { strategies } from "./http-outage-strategies.ts";
import { type Comparison, compare } from "./measure.ts";

const outages = ["fails fast", "times out"] as const;
const loads: readonly Load[] = ["steady", "patient"];

const FIRST = "the function it replaces";
const BUDGET = "fetchWithRetry, budget";
const FULL = "fetchWithRetry, budget and breaker";
const libraries: ReadonlySet<string> = new Set([FIRST, "ky", "p-retry"]);
const NEVER = Number.POSITIVE_INFINITY;

const recoveryOf = ({ recovery }: OutageCourse): number => recovery ?? NEVER;

function fastest(courses: readonly OutageCourse[]): OutageCourse {
  const [first] = courses.toSorted((a, b) => recoveryOf(a) - recoveryOf(b));
  if (first === undefined) throw new Error("the fastest of none");
  return first;
}

function find(courses: readonly OutageCourse[], name: string): OutageCourse {
  const course = courses.find((one) => one.name === name);
  if (course === undefined) throw new Error(`no strategy named ${name}`);
  return course;
}

function recovered(
  what: string,
  value: number,
  baseline: OutageCourse,
  bound: Comparison["bound"],
): Comparison {
  const baselineValue = recoveryOf(baseline);
  const ratio = baselineValue === NEVER ? 0 : value / baselineValue;
  return { what, unit: "s", value, baseline: baseline.name, baselineValue, ratio, bound };
}

/** What one outage did to our ways, beside the function of before and the fastest of the other libraries. */
function outageRows(where: string, courses: readonly OutageCourse[]): Comparison[] {
  const first = find(courses, FIRST);
  const full = find(courses, FULL);
  const perCall = ({ name, requestsPerCall }: OutageCourse): Comparison => ({
    what: `${where}, ${name}: requests a call while down`,
    unit: "requests",
    value: requestsPerCall,
    baseline: FIRST,
    baselineValue: first.requestsPerCall,
    ratio: requestsPerCall,
    bound: { atMost: 1.2 },
  });
  const others = courses.filter(({ name }) => libraries.has(name));
  return [
    perCall(find(courses, BUDGET)),
    perCall(full),
    recovered(`${where}, ${FULL}: recovered after`, recoveryOf(full), fastest(others), null),
    compare({
      what: `${where}, ${FULL}: all requests`,
      unit: "requests",
      value: full.total,
      baseline: FIRST,
      baselineValue: first.total,
      bound: { atMost: 1 },
    }),
  ];
}

/** Each strategy at its slowest: nobody chooses the outage. */
function slowestRows(outcomes: readonly OutageCourse[][]): Comparison[] {
  const slowest = Object.keys(strategies).map((name) => {
    const each = outcomes.map((courses) => find(courses, name));
    return each.reduce((worst, one) => (recoveryOf(one) > recoveryOf(worst) ? one : worst));
  });
  const rest = slowest.filter(({ name }) => !name.startsWith("fetchWithRetry"));
  return [BUDGET, FULL].flatMap((name) =>
    rest.map((other) =>
      recovered(
        `the slowest of ${outcomes.length} recoveries, ${name}`,
        recoveryOf(find(slowest, name)),
        other,
        name === FULL ? { atMost: 1 } : null,
      ),
    ),
  );
}

/** Lets every strategy live through each outage; writes the curves to benchmarks/results. */
export async function outageComparisons(say: (line: string) => void): Promise<Comparison[]> {
  const results = new URL("./results/", import.meta.url);
  mkdirSync(results, { recursive: true });
  const comparisons: Comparison[] = [];
  const outcomes: OutageCourse[][] = [];
  for (const load of loads) {
    const columns = [];
    for (const whileDown of outages) {
      const courses: OutageCourse[] = [];
      for (const [name, strategy] of Object.entries(strategies)) {
        const course = await liveThrough(name, strategy, whileDown, load);
        courses.push(course);
        const recovered = course.recovery === null ? "never" : `after ${course.recovery.toFixed(1)} s`;
        say(
          `${load} clients, the server ${whileDown}, ${name}: ${course.total} requests, ${course.requestsPerCall.toFixed(2)} a call while down, recovered ${recovered}, ${course.failed} of ${course.calls} calls failed`,
        );
      }
      columns.push({ title: whileDown, courses });
      outcomes.push(courses);
      comparisons.push(...outageRows(`${load} clients, server ${whileDown}`, courses));
    }
    const title = `1,000 ${load} clients: the server is down for 60 s and comes back at half its capacity`;
    writeFileSync(new URL(`http-outage-${load}.svg`, results), outageChart(title, columns));
  }
  return [...comparisons, ...slowestRows(outcomes)];
}
