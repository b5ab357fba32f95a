-- Guests: one grant a device, ever, and one way into an account. The grant's ledger row carries the device (hashed) as its unique
-- transaction id, so that two at once, a new install or a deleted profile cannot get a second one.

create or replace function vidops.profile_json(p_user public.users)
returns jsonb language sql immutable set search_path = '' as $$
  select jsonb_build_object('id', p_user.id, 'email', p_user.email, 'is_guest', p_user.is_guest, 'tier', p_user.tier, 'language', p_user.language,
    'theme_preference', p_user.theme_preference, 'credits_remaining', p_user.credits_remaining, 'credits_total', p_user.credits_total,
    'created_at', p_user.created_at);
$$;
revoke execute on function vidops.profile_json(public.users) from public, anon, authenticated, service_role;

create or replace function public.onboard_guest(
  p_user_id uuid, p_device_id text, p_grant integer default 0, p_is_guest boolean default true, p_email text default null, p_language text default null
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_transaction_id text;
  v_created boolean;
  v_user public.users;
  v_refused text;
begin
  if p_user_id is null then
    raise exception 'p_user_id is required' using errcode = '22023';
  elsif p_device_id is null or p_device_id !~ '\S' or char_length(p_device_id) > 200 then
    raise exception 'p_device_id must have 1 to 200 characters' using errcode = '22023';
  elsif p_grant is null or p_grant not between 0 and 100000 then
    raise exception 'p_grant must be between 0 and 100000 credits' using errcode = '22023';
  elsif p_language not in ('en', 'tr', 'es') then
    raise exception 'p_language must be en, tr or es' using errcode = '22023';
  end if;
  v_transaction_id := 'device:' || encode(sha256(convert_to(p_device_id, 'UTF8')), 'hex');
  -- Two users on one device, at once: one after the other.
  perform pg_advisory_xact_lock(hashtextextended(v_transaction_id, 0));

  insert into public.users (id, email, is_guest, language) values (p_user_id, p_email, coalesce(p_is_guest, true), coalesce(p_language, 'en'))
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
      or exists (select from public.users u where u.device_id = p_device_id and u.id <> p_user_id and u.initial_grant_claimed) then 'device_seen_before'
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
    email = coalesce(u.email, p_email),
    device_id = coalesce(u.device_id, case when not exists (select from public.users o where o.device_id = p_device_id) then p_device_id end),
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
  -- Locks in one order everywhere: jobs by id, then users by id.
  perform from public.video_jobs where user_id = p_guest_id order by job_id for no key update;
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
