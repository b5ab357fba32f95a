-- Guests: one grant a device, ever, and one way into an account. The grant's ledger row carries the device (hashed) as its unique
-- transaction id, so that two at once, a new install or a deleted profile cannot get a second one.

create or replace function vidops.profile_json(p_user public.users)
returns jsonb language sql immutable set search_path = '' as $$
  select jsonb_build_object('id', p_user.id, 'email', p_user.email, 'is_guest', p_user.is_guest, 'tier', p_user.tier, 'language', p_user.language,
    'theme_preference', p_user.theme_preference, 'credits_remaining', p_user.credits_remaining, 'credits_total', p_user.credits_total,
    'created_at', p_user.created_at);
$$;
revoke execute on function vidops.profile_json(public.users) from public, anon, authenticated, service_role;

-- The email of a new profile, or null where the project keeps emails unique and another profile has it: who signs in is told by the id.
create or replace function vidops.free_email(p_user_id uuid, p_email text)
returns text language sql stable set search_path = '' as $$
  select p_email
  where not exists (
    select from pg_catalog.pg_index x
    where x.indrelid = 'public.users'::regclass and x.indisunique and x.indnkeyatts = 1 and pg_catalog.pg_get_indexdef(x.indexrelid) ~ '\memail\M')
  or not exists (select from public.users u where lower(u.email) = lower(p_email) and u.id <> p_user_id);
$$;
revoke execute on function vidops.free_email(uuid, text) from public, anon, authenticated, service_role;

create or replace function public.onboard_guest(
  p_user_id uuid, p_device_id text, p_grant integer default 0, p_is_guest boolean default true, p_email text default null, p_language text default null
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  -- One device, however its id is written.
  v_device_id text := lower(btrim(normalize(p_device_id, nfkc)));
  v_transaction_id text;
  v_email text;
  v_created boolean;
  v_user public.users;
  v_refused text;
begin
  if p_user_id is null then
    raise exception 'p_user_id is required' using errcode = '22023';
  elsif v_device_id is null or v_device_id !~ '^[a-z0-9._:~+/=-]{1,200}$' then
    raise exception 'p_device_id must be 1 to 200 of A-Z a-z 0-9 . _ : ~ + / = and -' using errcode = '22023';
  elsif p_grant is null or p_grant not between 0 and 100000 then
    raise exception 'p_grant must be between 0 and 100000 credits' using errcode = '22023';
  elsif p_language not in ('en', 'tr', 'es') then
    raise exception 'p_language must be en, tr or es' using errcode = '22023';
  end if;
  v_transaction_id := 'device:' || encode(sha256(convert_to(v_device_id, 'UTF8')), 'hex');
  -- Two users on one device, at once: one after the other.
  perform pg_advisory_xact_lock(hashtextextended(v_transaction_id, 0));

  v_email := vidops.free_email(p_user_id, p_email);
  insert into public.users (id, email, is_guest, language) values (p_user_id, v_email, coalesce(p_is_guest, true), coalesce(p_language, 'en'))
  on conflict (id) do nothing;
  v_created := found;
  select * into v_user from public.users where id = p_user_id for no key update;
  if v_user.banned_at is not null then
    return jsonb_build_object('success', false, 'error', 'account_banned', 'code', 'ERR_4012');
  elsif v_user.handed_over_to is not null then
    return jsonb_build_object('success', false, 'error', 'account_handed_over', 'code', 'ERR_4009', 'handed_over_to', v_user.handed_over_to);
  end if;

  v_refused := case
    when v_user.initial_grant_claimed then 'already_granted'
    when p_grant = 0 then 'no_grant'
    when exists (select from public.quota_log where transaction_id = v_transaction_id)
      or exists (select from public.users u where u.device_id in (v_device_id, p_device_id, upper(v_device_id)) and u.id <> p_user_id and u.initial_grant_claimed) then 'device_seen_before'
  end;
  if v_refused is null then
    insert into public.quota_log (user_id, change, reason, transaction_id, balance_after)
    values (p_user_id, p_grant, 'initial_grant', v_transaction_id, v_user.credits_remaining + p_grant);
  end if;
  update public.users u
  set credits_remaining = u.credits_remaining + case when v_refused is null then p_grant else 0 end,
    credits_total = u.credits_total + case when v_refused is null then p_grant else 0 end,
    initial_grant_claimed = u.initial_grant_claimed or v_refused is null,
    -- Who has an account now is no guest any more, and never one again.
    is_guest = u.is_guest and coalesce(p_is_guest, true),
    email = coalesce(u.email, v_email),
    device_id = coalesce(u.device_id, case when not exists (select from public.users o where o.device_id in (v_device_id, p_device_id, upper(v_device_id))) then v_device_id end),
    updated_at = now()
  where u.id = p_user_id
  returning * into v_user;
  return jsonb_build_object('success', true, 'created', v_created, 'granted', v_refused is null,
    'credits_granted', case when v_refused is null then p_grant else 0 end, 'grant_refused', v_refused, 'user', vidops.profile_json(v_user));
end $$;
comment on function public.onboard_guest(uuid, text, integer, boolean, text, text) is 'Makes the profile of a user who signed in, guest or not, and books the initial grant: once a user and once a device, ever. Again: the same profile, grant_refused already_granted. p_is_guest false turns a guest who linked an account into a user.';
revoke execute on function public.onboard_guest(uuid, text, integer, boolean, text, text) from public, anon, authenticated, service_role;
grant execute on function public.onboard_guest(uuid, text, integer, boolean, text, text) to service_role;

create or replace function public.hand_over_guest(p_guest_id uuid, p_user_id uuid, p_email text default null)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_guest public.users;
  v_user public.users;
  v_jobs integer;
begin
  if p_guest_id is null or p_user_id is null or p_guest_id = p_user_id then
    raise exception 'p_guest_id and p_user_id must be two users' using errcode = '22023';
  end if;
  -- Nothing of the guest begins from here on; then locks in one order as everywhere: jobs by id, users by id.
  perform pg_advisory_xact_lock(hashtextextended('hand_over:' || p_guest_id, 0));
  perform from public.video_jobs where user_id = p_guest_id order by job_id for no key update;
  p_email := vidops.free_email(p_user_id, p_email);
  insert into public.users (id, email, is_guest) values (p_user_id, p_email, false) on conflict (id) do nothing;
  perform from public.users where id in (p_guest_id, p_user_id) order by id for no key update;
  select * into v_guest from public.users where id = p_guest_id;
  select * into v_user from public.users where id = p_user_id;
  if v_guest.id is null then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007', 'user_id', p_guest_id);
  elsif v_guest.handed_over_to = p_user_id then
    return jsonb_build_object('success', true, 'replayed', true, 'credits_moved', 0, 'jobs_moved', 0, 'credits_remaining', v_user.credits_remaining)
      || coalesce((
        select jsonb_build_object('credits_moved', q.change) from public.quota_log q where q.transaction_id = 'hand_over:' || p_guest_id), '{}');
  elsif coalesce(v_guest.handed_over_to, v_user.handed_over_to) is not null then
    return jsonb_build_object('success', false, 'error', 'account_handed_over', 'code', 'ERR_4009');
  elsif v_guest.banned_at is not null or v_user.banned_at is not null then
    return jsonb_build_object('success', false, 'error', 'account_banned', 'code', 'ERR_4012');
  elsif not v_guest.is_guest then
    return jsonb_build_object('success', false, 'error', 'not_a_guest', 'code', 'ERR_4009');
  elsif v_user.credits_remaining + v_guest.credits_remaining::bigint > 2147483647 or v_user.credits_total + v_guest.credits_total::bigint > 2147483647 then
    raise exception 'the balance would pass 2147483647' using errcode = '22023';
  end if;

  if v_guest.credits_remaining > 0 then
    insert into public.quota_log (user_id, change, reason, balance_after) values (p_guest_id, -v_guest.credits_remaining, 'hand_over', 0);
    insert into public.quota_log (user_id, change, reason, transaction_id, balance_after)
    values (p_user_id, v_guest.credits_remaining, 'hand_over', 'hand_over:' || p_guest_id, v_user.credits_remaining + v_guest.credits_remaining);
  end if;
  update public.users
  set credits_remaining = 0, credits_total = 0, handed_over_to = p_user_id, handed_over_at = now(), updated_at = now()
  where id = p_guest_id;
  update public.users
  set credits_remaining = credits_remaining + v_guest.credits_remaining, credits_total = credits_total + v_guest.credits_total,
    -- The guest's grant came along: an account gets no second one by its next device.
    initial_grant_claimed = initial_grant_claimed or v_guest.initial_grant_claimed, is_guest = false, email = coalesce(email, p_email), updated_at = now()
  where id = p_user_id returning * into v_user;
  update public.video_jobs set user_id = p_user_id where user_id = p_guest_id;
  get diagnostics v_jobs = row_count;
  -- A request that began as the guest and is repeated as the user is still the same request.
  delete from public.idempotency_log where user_id = p_user_id and expires_at <= now();
  update public.idempotency_log i set user_id = p_user_id
  where i.user_id = p_guest_id and not exists (
    select from public.idempotency_log o
    where o.user_id = p_user_id and o.operation_type = i.operation_type and o.idempotency_key = i.idempotency_key);
  return jsonb_build_object('success', true, 'replayed', false, 'credits_moved', v_guest.credits_remaining, 'jobs_moved', v_jobs,
    'credits_remaining', v_user.credits_remaining);
end $$;
comment on function public.hand_over_guest(uuid, uuid, text) is 'Moves a guest''s credits, jobs and keys to the account that the same person signed in to, once, and closes the guest. The caller has proved both by their tokens, and that p_user_id is no guest. Again: replayed true.';
revoke execute on function public.hand_over_guest(uuid, uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.hand_over_guest(uuid, uuid, text) to service_role;

-- A purchase that names a closed guest is booked where the guest's credits went, and one that came along is known there.
create or replace function vidops.replayed_purchase(p_entry public.quota_log, p_user_id uuid, p_amount integer)
returns jsonb language sql stable set search_path = '' as $$
  select case when p_entry.change = p_amount
      and (p_entry.user_id = p_user_id or exists (select from public.users u where u.id = p_entry.user_id and u.handed_over_to = p_user_id))
    then jsonb_build_object('success', true, 'credits_added', p_amount, 'credits_remaining',
      case when p_entry.user_id = p_user_id then p_entry.balance_after else (select u.credits_remaining from public.users u where u.id = p_user_id) end,
      'replayed', true)
    else jsonb_build_object('success', false, 'error', 'transaction_id_reused', 'code', 'ERR_4010')
  end;
$$;
revoke execute on function vidops.replayed_purchase(public.quota_log, uuid, integer) from public, anon, authenticated, service_role;

create or replace function public.add_credits(p_user_id uuid, p_amount integer, p_reason text, p_transaction_id text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_user public.users;
  v_earlier public.quota_log;
begin
  if p_user_id is null then
    raise exception 'p_user_id is required' using errcode = '22023';
  elsif p_amount is null or p_amount <= 0 then
    raise exception 'p_amount must be a positive whole number of credits, got %', coalesce(p_amount::text, 'null') using errcode = '22023';
  elsif p_reason is null or p_reason !~ '\S' or char_length(p_reason) > 500 then
    raise exception 'p_reason must have 1 to 500 characters' using errcode = '22023';
  elsif p_transaction_id is not null and char_length(p_transaction_id) not between 1 and 200 then
    raise exception 'p_transaction_id must have 1 to 200 characters' using errcode = '22023';
  end if;

  select coalesce(u.handed_over_to, u.id) into p_user_id from public.users u where u.id = p_user_id;
  select * into v_user from public.users where id = p_user_id for no key update;
  if not found then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  end if;

  if p_transaction_id is not null then
    select * into v_earlier from public.quota_log where transaction_id = p_transaction_id;
    if found then
      return vidops.replayed_purchase(v_earlier, p_user_id, p_amount);
    end if;
  end if;

  if v_user.credits_remaining + p_amount::bigint > 2147483647 or v_user.credits_total + p_amount::bigint > 2147483647 then
    raise exception 'p_amount is too large: the balance would pass 2147483647' using errcode = '22023';
  end if;

  -- Before the balance is touched: the same transaction may be on its way for another user, and only one row can win.
  insert into public.quota_log (user_id, change, reason, transaction_id, balance_after)
  values (p_user_id, p_amount, p_reason, p_transaction_id, v_user.credits_remaining + p_amount)
  on conflict (transaction_id) where transaction_id is not null do nothing;
  if not found then
    select * into v_earlier from public.quota_log where transaction_id = p_transaction_id;
    return vidops.replayed_purchase(v_earlier, p_user_id, p_amount);
  end if;

  update public.users
  set credits_remaining = credits_remaining + p_amount, credits_total = credits_total + p_amount, updated_at = now()
  where id = p_user_id;

  return jsonb_build_object('success', true, 'credits_added', p_amount,
    'credits_remaining', v_user.credits_remaining + p_amount, 'replayed', false);
end $$;
revoke execute on function public.add_credits(uuid, integer, text, text) from public, anon, authenticated, service_role;
grant execute on function public.add_credits(uuid, integer, text, text) to service_role;
