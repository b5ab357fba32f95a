import {
  type LookUpResult,
  ProviderError,
  type ProviderJobState,
  type SubmitRequest,
  type VideoProvider,
  type WebhookEvent,
} from "../../providers/index.ts";

/** A provider that keeps its jobs in memory and does what a test tells it. */
export interface FakeProvider extends VideoProvider {
  /** Each submit that arrived. */
  readonly submitted: SubmitRequest[];
  /** Each id that was asked after. */
  readonly asked: string[];
  /** The jobs by their id. */
  readonly jobs: Map<string, { request: SubmitRequest; state: ProviderJobState }>;
  /** What happens at the next submits, one each. Afterwards they are taken. */
  readonly faults: ("refuse" | "lose_answer" | "lose_request" | "crash")[];
  /** Ends a job. */
  end(id: string, state: ProviderJobState): void;
  /** What a webhook of the job says. */
  event(id: string, state: WebhookEvent["state"], ids?: readonly string[]): WebhookEvent;
}

const running: ProviderJobState = { status: "processing", progress: 0.5, cost: null };

/** The state of a job that made a video. */
export const completed = (videoUrl: string): ProviderJobState & WebhookEvent["state"] => ({
  status: "completed",
  videoUrl,
  lifetime: { atLeast: null, atMost: null },
  cost: null,
});

/** The state of a job that was given up at the provider. */
export const failed = (): ProviderJobState & WebhookEvent["state"] => ({
  status: "failed",
  error: fault("job", "ERR_5003", "content_policy", null),
  cost: null,
});

function fault(
  operation: "submit" | "status" | "job",
  code: "ERR_5002" | "ERR_5003" | "ERR_6006",
  reason: string,
  outcome: "not_accepted" | "unknown" | null,
): ProviderError {
  return new ProviderError({ provider: "fal", operation, code, reason, outcome, message: `fal: ${reason}.` });
}

let made = 0;

/** Makes one. @returns the provider */
export function createFakeProvider(): FakeProvider {
  const jobs: FakeProvider["jobs"] = new Map();
  const submitted: SubmitRequest[] = [];
  const asked: string[] = [];
  const faults: FakeProvider["faults"] = [];
  return {
    name: "fal",
    capabilities: {
      idempotentSubmit: false,
      cancel: "requested",
      webhooks: true,
      lookUp: true,
      progress: true,
      queuePosition: false,
      cost: "none",
      leastPollInterval: null,
    },
    ...{ jobs, submitted, asked, faults },
    submit: async (request) => {
      submitted.push(request);
      const next = faults.shift();
      if (next === "refuse") throw fault("submit", "ERR_5003", "content_policy", "not_accepted");
      if (next === "lose_request") throw fault("submit", "ERR_6006", "connection_lost", "unknown");
      made += 1;
      const id = `fake-${made}`;
      jobs.set(id, { request, state: running });
      if (next === "lose_answer") throw fault("submit", "ERR_6006", "timeout", "unknown");
      if (next === "crash") throw new TypeError("a mistake of the adapter's own");
      return {
        ...{ position: null, cost: null, requestId: null },
        job: { provider: "fal", id, model: request.model },
      };
    },
    status: async ({ id }) => {
      asked.push(id);
      const job = jobs.get(id);
      if (job === undefined) throw fault("status", "ERR_5003", "job_not_found", null);
      return job.state;
    },
    cancel: async () => "too_late",
    verifyWebhook: async () => {
      throw new TypeError("Tests make their events.");
    },
    lookUp: async ({ prompt }): Promise<LookUpResult> => ({
      jobs: [...jobs]
        .filter(([, { request }]) => request.prompt === prompt)
        .map(([id, { request }]) => ({ provider: "fal", id, model: request.model })),
      complete: true,
    }),
    end: (id, state) => {
      const job = jobs.get(id);
      if (job !== undefined) job.state = state;
    },
    event: (id, state, ids = [id]) => ({
      provider: "fal",
      accountId: "account",
      deliveryId: `fal:${id}`,
      jobIds: ids,
      state,
      sentAt: new Date().toISOString(),
    }),
  };
}
