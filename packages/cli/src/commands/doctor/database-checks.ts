import type { DoctorReport } from "@vidops/core/maintenance";
import { type Check, fail, ok, warn } from "./check.ts";

/** A server's time with the moments between which it was read. */
export interface ClockSample {
  readonly sentAt: Date;
  readonly receivedAt: Date;
  readonly server: Date;
  /** How coarse the server's time is, in milliseconds. */
  readonly precisionMs: number;
}

const noticeableMs = 10_000;
const harmfulMs = 120_000;

/** Compares the clocks; what the request's own duration and the coarseness explain is no skew. */
export function checkClock({ sentAt, receivedAt, server, precisionMs }: ClockSample): Check {
  const early = sentAt.getTime() - (server.getTime() + precisionMs);
  const late = server.getTime() - receivedAt.getTime();
  const skewMs = Math.max(early, late, 0);
  const seconds = Math.round(skewMs / 1000);
  const direction = early > late ? "ahead of" : "behind";
  if (skewMs < noticeableMs)
    return ok("clock", skewMs < 1000 ? "agrees with the server" : `${seconds} s ${direction} the server`);
  const detail = `this machine is ${seconds} s ${direction} the server`;
  const fix = "Turn on time synchronisation (NTP): tokens and --since depend on the clock.";
  return skewMs < harmfulMs ? warn("clock", detail, fix) : fail("clock", detail, fix);
}

/** Compares the schema's version with what this version of vidops needs; both are 14-digit timestamps. */
export function checkSchema(actual: string, required: string): Check {
  if (actual === required) return ok("schema", `version ${actual}`);
  if (actual > required)
    return warn(
      "schema",
      `version ${actual} is newer than this vidops knows (${required})`,
      "Update vidops: npm install --save-dev vidops@latest",
    );
  return fail(
    "schema",
    `version ${actual || "unknown"}, vidops needs ${required}`,
    "Apply the migrations: npx supabase db push (or psql -f, in order).",
  );
}

/** Grants, policies and triggers that open what should be shut; each comes with the SQL that shuts it. */
export function checkGrants({ findings, replacedObjects }: DoctorReport): Check {
  if (findings.length > 0) {
    return fail(
      "grants",
      findings.length === 1 ? "1 finding" : `${findings.length} findings`,
      ...findings.map((finding) => `${finding.object}: ${finding.detail}. ${finding.fix}`),
    );
  }
  const replaced =
    replacedObjects === 0
      ? ""
      : `; ${replacedObjects} older functions or policies were replaced (vidops.replaced_objects keeps their text)`;
  return ok("grants", `nothing is open that should not be${replaced}`);
}

/** Jobs that were charged and have neither a video nor a refund after an hour. */
export function checkJobs({ stuckJobs }: DoctorReport): Check {
  if (stuckJobs === 0) return ok("jobs", "none hangs");
  return warn(
    "jobs",
    stuckJobs === 1
      ? "1 job has hung for more than an hour"
      : `${stuckJobs >= 1000 ? "1,000 jobs or more" : `${stuckJobs} jobs`} have hung for more than an hour`,
    "See which: vidops jobs stuck",
    "Ask the providers, and end them: vidops jobs stuck --settle (a schedule should do it every few minutes).",
  );
}
