/**
 * An operator's whole shift by a script, without any secret key; a rehearsal: it takes back whatever it did.
 *
 *     npx vidops local start --ephemeral --seed demo --json     # prints URL, key and two admins; or take your own project
 *     export SUPABASE_URL=… SUPABASE_PUBLISHABLE_KEY=…
 *     export ADMIN_EMAIL=… ADMIN_PASSWORD=… SECOND_ADMIN_EMAIL=… SECOND_ADMIN_PASSWORD=…
 *     npx node examples/admin-shift.ts 881@                     # half the email of a user who has a failed job
 *
 * npx puts `vidops` on the path. Steps are told on stderr; stdout is one JSON document, as with vidops itself.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `vidops … --json` prints, whether it worked or not, and how it exited. */
interface Answer<Data> {
  ok: boolean;
  data: Data;
  error: { code: string; reason: string; message: string; details: Request };
  meta: { run_id: string };
  exitCode: number;
  stderr: string;
}
/** What is in a refusal's details where a second person is needed. */
type Request = { approval_id: number | string; payload_hash: string };
type Act = { action_id: string };
type Done = { id: string; action_type: string; undoes: string | null; undone_by: string | null };
type User = { id: string; is_admin: boolean; banned_at: string | null };
type Job = { job_id: string; status: string; credits_used: number; credits_refunded: number };
type Model = { id: string; is_available: boolean; jobs: number };
type Threshold = { name: string; credits: number };

const halfAnEmail = process.argv[2];
if (!halfAnEmail) throw new Error("usage: npx node examples/admin-shift.ts <half an email>");
const { ADMIN_EMAIL = "", ADMIN_PASSWORD, SECOND_ADMIN_EMAIL = "", SECOND_ADMIN_PASSWORD } = process.env;
// Only the logins speak: a token of the environment would outrank them, and no child needs to know a password.
const unwanted =
  /^(SUPABASE_(SECRET|SERVICE_ROLE)_KEY|VIDOPS_(ACCESS_TOKEN|ADMIN|PROFILE)|(SECOND_)?ADMIN_PASSWORD)$/;
const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !unwanted.test(name)));
// Each admin has a home, so that one machine can hold both logins, and neither replaces that of whoever runs this.
const homes = mkdtempSync(join(tmpdir(), "admin-shift-"));
const [first, second] = [join(homes, "first"), join(homes, "second")];
const ticket = `shift-${crypto.randomUUID()}`;
const because = ["--reason", "rehearsal of a shift", "--ticket", ticket, "--yes"];
const runIds: string[] = [];
/** The acts that took each other back. */
const settled = new Set<string>();

/** Runs vidops as one of the admins; a failure that it can tell in JSON is an answer too. */
function run<Data>(home: string, words: readonly string[], input = ""): Promise<Answer<Data>> {
  return new Promise((resolve, reject) => {
    const env = { ...inherited, XDG_CONFIG_HOME: home };
    const child = execFile("vidops", [...words, "--json"], { env }, (failure, stdout, stderr) => {
      try {
        resolve({ ...JSON.parse(stdout), exitCode: failure?.code ?? 0, stderr });
      } catch {
        reject(new Error(`vidops ${words.join(" ")}: no JSON came (${failure?.code})\n${stdout}${stderr}`));
      }
    });
    child.stdin?.on("error", () => {}).end(input);
  });
}

function failed(words: readonly string[], answer: Answer<unknown>): Error {
  const said = answer.ok ? JSON.stringify(answer.data) : `${answer.error.code} ${answer.error.message}`;
  return new Error(`vidops ${words.join(" ")}: exit ${answer.exitCode}, ${said}\n${answer.stderr}`);
}

/** What a command answers that has to work: `ok`, and exit 0, as a proof that does not hold is an answer too (exit 6). */
async function must<Data>(home: string, words: readonly string[], input?: string): Promise<Data> {
  const answer = await run<Data>(home, words, input);
  if (!answer.ok || answer.exitCode !== 0) throw failed(words, answer);
  return answer.data;
}

/** What a command is refused with that has to be. Exit code and error code are what to go by: words may change. */
async function refused(words: readonly string[], exitCode: number, code: string): Promise<Request> {
  const answer = await run(first, words);
  if (answer.ok || answer.exitCode !== exitCode || answer.error.code !== code) throw failed(words, answer);
  console.error(`refused, as it should be: ${code} ${answer.error.reason}`);
  return answer.error.details;
}

/** With the hash, only what was asked can be approved. In earnest another person looks at it first: approvals show. */
function approve({ approval_id, payload_hash }: Request): Promise<Act> {
  return must(second, ["approvals", "approve", `${approval_id}`, "--hash", payload_hash, "--yes"]);
}

/** Does an act as the first admin, if need be with the approval of the second; returns its id in the audit. */
async function act(...command: string[]): Promise<string> {
  const words = [...command, ...because];
  const answer = await run<Act>(first, words);
  const asked = !answer.ok && answer.error.reason === "approval_required";
  if (!answer.ok && !asked) throw failed(words, answer);
  const { action_id } = asked ? await approve(answer.error.details) : answer.data;
  runIds.push(answer.meta.run_id);
  console.error(`action ${action_id}: vidops ${command.join(" ")}`);
  return action_id;
}

async function signIn(): Promise<true> {
  // By stdin: arguments are seen by everybody on the machine.
  await must(first, ["login", "--email", ADMIN_EMAIL, "--password-stdin"], ADMIN_PASSWORD);
  await must(second, ["login", "--email", SECOND_ADMIN_EMAIL, "--password-stdin"], SECOND_ADMIN_PASSWORD);
  return true;
}

/** Returns the place of the audit that was pinned at the start. */
async function shift(): Promise<string> {
  // Pinned before anything is done: what was in the audit then has to be in it, unaltered, at the end.
  const { place } = await must<{ place: string }>(first, ["actions", "verify", "--head"]);

  // Whom is it about?
  const { users } = await must<{ users: User[] }>(first, ["users", "find", `${halfAnEmail}`]);
  const user = users.find(({ is_admin, banned_at }) => !is_admin && banned_at === null);
  if (user === undefined) throw new Error(`nobody to look after has "${halfAnEmail}" in their email`);
  const view = await must<{ jobs: { latest: Job[] } }>(first, ["users", "show", user.id, "--rows", "50"]);
  const job = view.jobs.latest.find((it) => it.status === "failed" && it.credits_refunded < it.credits_used);
  if (job === undefined) throw new Error(`user ${user.id} has no failed job that can be refunded`);

  // Credits
  await act("refund", job.job_id, "--reason-code", "provider_failure");
  const adjustment = await act("credits", "adjust", user.id, "--add", "5");
  await act("actions", "undo", adjustment);

  // An account
  const ban = await act("users", "ban", user.id);
  await refused(["users", "ban", ADMIN_EMAIL, ...because], 5, "ERR_4009");
  settled.add(await act("users", "unban", user.id)).add(ban);

  // A model: the one that is used least, as it is off sale for a moment.
  const { models } = await must<{ models: Model[] }>(first, ["models", "list"]);
  const model = models.filter((it) => it.is_available).sort((one, other) => one.jobs - other.jobs)[0];
  if (model === undefined) throw new Error("no model is on sale");
  const off = await act("models", "disable", model.id);
  settled.add(await act("models", "enable", model.id)).add(off);

  // What needs a second admin
  const { thresholds } = await must<{ thresholds: Threshold[] }>(first, ["approvals", "thresholds"]);
  let limit = thresholds.find(({ name }) => name === "act_credits")?.credits;
  if (limit === undefined) {
    limit = 100;
    await act("approvals", "set-threshold", "act_credits", `${limit}`);
  }
  const tooMuch = ["credits", "adjust", user.id, "--add", `${limit + 1}`, ...because];
  const request = await refused(tooMuch, 5, "ERR_4015");
  const own = ["approvals", "approve", `${request.approval_id}`, "--hash", request.payload_hash, "--yes"];
  await refused(own, 5, "ERR_4009");
  await approve(request);
  return place;
}

const failures: Error[] = [];
/** One failure does not keep the rest from being tried. */
function attempt<Data>(step: Promise<Data>): Promise<Data | null> {
  return step.catch((failure: Error) => {
    failures.push(failure);
    console.error(failure.message);
    return null;
  });
}

/** Undoes what the audit has under the shift's ticket: also what was done when its answer got lost on the way (exit 8). */
async function putBack(): Promise<void> {
  const { actions } = await must<{ actions: Done[] }>(first, ["actions", "list", "--ticket", ticket]);
  // They come newest first, which is the order to take them back in. A request that nobody approved ends by itself.
  for (const { id, action_type, undoes, undone_by } of actions) {
    const left = undoes === null && undone_by === null && !settled.has(id);
    if (left && action_type !== "approval_request") await attempt(act("actions", "undo", id));
  }
}

// Both logins before anything is done: a wrong password is better known now.
const signedIn = await attempt(signIn());
const place = signedIn && (await attempt(shift()));
// Also when a step failed: nothing stays that was done, and no login.
if (signedIn) await attempt(putBack());
const proof = place && (await attempt(must(first, ["actions", "verify", "--expect", place])));
for (const home of [first, second]) await attempt(must(home, ["logout"]));
rmSync(homes, { recursive: true });
console.log(JSON.stringify({ ok: failures.length === 0, ticket, pinned: place, run_ids: runIds, proof }));
process.exitCode = failures.length === 0 ? 0 : 1;
