import type { Sql } from "postgres";

/** A user to make in Auth, and in public.users where that table exists. */
export interface AccountPlan {
  readonly email: string;
  readonly password: string;
  readonly isAdmin: boolean;
  /** Random unless given. */
  readonly id?: string;
  /** bcrypt rounds as a power of two: 4 is fastest. */
  readonly rounds?: number;
}

/**
 * Makes a user who can sign in with a password; keeps the one that exists under this email.
 *
 * @param sql as role postgres.
 * @returns the user's id.
 */
export async function createAccount(sql: Sql, plan: AccountPlan): Promise<string> {
  return (await sql.begin((transaction) => insertAccount(transaction as unknown as Sql, plan))) as string;
}

async function insertAccount(
  sql: Sql,
  { email, password, isAdmin, id, rounds = 8 }: AccountPlan,
): Promise<string> {
  const [table] = await sql`
    select to_regclass('public.users') is not null as "exists",
      exists (select from pg_attribute where attrelid = to_regclass('public.users') and attname = 'is_guest') as has_guests`;
  const hasUsers = table?.exists === true;
  const [known] = await sql`select id from auth.users where lower(email) = lower(${email})`;
  const [profile] = hasUsers
    ? await sql`select id from public.users where lower(email) = lower(${email})`
    : [];
  const userId: string = known?.id ?? profile?.id ?? id ?? crypto.randomUUID();
  const metadata = { sub: userId, email, email_verified: true, phone_verified: false };
  if (known === undefined) {
    await sql`
      insert into auth.users (id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
      values (${userId}, 'authenticated', 'authenticated', ${email.toLowerCase()},
        extensions.crypt(${password}, extensions.gen_salt('bf', ${rounds})), now(),
        ${JSON.stringify({ provider: "email", providers: ["email"] })}::text::jsonb, ${JSON.stringify(metadata)}::text::jsonb)`;
    await sql`
      insert into auth.identities (id, provider, provider_id, user_id, identity_data, last_sign_in_at)
      values (${crypto.randomUUID()}, 'email', ${userId}, ${userId}, ${JSON.stringify(metadata)}::text::jsonb, now())`;
  }
  if (hasUsers) {
    // A trigger of the project may have made the row already.
    await sql`
      insert into public.users (id, email, is_admin) values (${userId}, ${email}, ${isAdmin})
      on conflict (id) do update set email = excluded.email, is_admin = excluded.is_admin`;
    if (table?.has_guests === true) await sql`update public.users set is_guest = false where id = ${userId}`;
  }
  return userId;
}
