import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../supervisor/package-root.ts";
import { isOver, type Job, type JobResult, newJob, resultOf } from "./job.ts";
import { Webhooks } from "./webhooks.ts";

/** How long jobs take. */
export interface Pace {
  /** 2 unless said. */
  readonly seconds?: number;
  /** Of `[slow]`; 20 unless said. */
  readonly slowSeconds?: number;
  /** Of `[late]`; 600 unless said. */
  readonly lateSeconds?: number;
}

/** The jobs of the development provider, and the clock that ends them. */
export class Queue {
  readonly jobs: Map<string, Job> = new Map();
  readonly webhooks: Webhooks = new Webhooks();
  readonly video: Buffer = readFileSync(join(packageRoot(), "assets", "development-video.mp4"));
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #pace: Required<Pace>;
  /** Where its files are; set once it listens. */
  origin = "";

  constructor({ seconds = 2, slowSeconds = 20, lateSeconds = 600 }: Pace) {
    this.#pace = { seconds, slowSeconds, lateSeconds };
  }

  /** Takes a job, which begins after a fifth of its time. */
  add(model: string, input: Record<string, unknown>, webhook: string | null): Job {
    const job = newJob(model, input, webhook);
    this.jobs.set(job.id, job);
    const { seconds, slowSeconds, lateSeconds } = this.#pace;
    const whole = { usual: seconds, slow: slowSeconds, late: lateSeconds }[job.wishes.pace] * 1_000;
    this.#after(job, whole / 5, () => {
      job.state = "running";
      this.#after(job, (whole * 4) / 5, () => this.finish(job.id));
    });
    return job;
  }

  /** Ends a job now, in the way that it was asked for. */
  finish(id: string): void {
    const job = this.jobs.get(id);
    if (job !== undefined) this.#end(job, job.wishes.fail ? "failed" : "completed");
  }

  /** @returns false when it is over already. */
  cancel(job: Job): boolean {
    if (isOver(job)) return false;
    this.#end(job, "cancelled");
    return true;
  }

  result(job: Job): JobResult {
    return resultOf(job, `https://${this.origin}/videos/${job.id}.mp4`, this.video.byteLength);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.webhooks.close();
  }

  #end(job: Job, state: Job["state"]): void {
    if (isOver(job)) return;
    clearTimeout(this.#timers.get(job.id));
    job.state = state;
    if (job.webhook === null || job.wishes.silent) return;
    for (let times = job.wishes.twice ? 2 : 1; times > 0; times--)
      void this.webhooks.send(job.webhook, job.id, this.result(job));
  }

  #after(job: Job, milliseconds: number, then: () => void): void {
    this.#timers.set(job.id, setTimeout(then, milliseconds));
  }
}
