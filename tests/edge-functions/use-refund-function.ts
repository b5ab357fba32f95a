import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";

/** What the function answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & {
    error?: { code: string; message: string; details?: Record<string, unknown>; request_id: string };
  };
}

/** How a request is sent: by `admin` unless another token, or null for none, is given. */
export type Sending = RequestInit & { readonly token?: string | null; readonly key?: string };

/** The function admin-refund-credits in Deno, on a stack of its own; each test has a new admin and a new user with 10 credits. */
export interface RefundFunction {
  readonly stack: TestStack;
  readonly admin: TestUser;
  readonly user: TestUser;
  send(sending: Sending): Promise<Answer>;
  /** Sends `{user_id, amount: 4, reason: "never arrived"}`, with changes. */
  refund(more?: Record<string, unknown>, sending?: Sending): Promise<Answer>;
  /** All that a refund writes for the user. */
  books(): Promise<unknown>;
}

/** What {@link RefundFunction.books} says before the first refund. */
export const untouched = { balance: 10, ledger: 0, actions: 0 };

/** Serves the function for the tests of a file. */
export function useRefundFunction(): RefundFunction {
  let stack: TestStack;
  let admin: TestUser;
  let user: TestUser;
  beforeAll(async () => {
    stack = await createTestStack({ functions: true });
  });
  beforeEach(async () => {
    // A new one each time: sixty requests in a minute are all that one may send.
    admin = await stack.createUser({ isAdmin: true });
    user = await stack.createUser({ credits: 10 });
  });
  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
  });

  async function send({ token = admin.accessToken, key, ...init }: Sending): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    if (key !== undefined) headers.set("idempotency-key", key);
    const response = await fetch(`${stack.url}/functions/v1/admin-refund-credits`, {
      method: "POST",
      ...init,
      headers,
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? {} : (JSON.parse(text) as Answer["body"]),
    };
  }

  return {
    get stack() {
      return stack;
    },
    get admin() {
      return admin;
    },
    get user() {
      return user;
    },
    send,
    refund: (more = {}, sending = {}) =>
      send({
        body: JSON.stringify({ user_id: user.id, amount: 4, reason: "never arrived", ...more }),
        ...sending,
      }),
    async books() {
      const [row] = await stack.sql`
        select (select credits_remaining from public.users where id = ${user.id}) as balance,
          (select count(*)::int from public.quota_log where user_id = ${user.id} and reason like 'admin%') as ledger,
          (select count(*)::int from public.admin_actions where target_user_id = ${user.id}) as actions`;
      return row;
    },
  };
}
