-- Four eyes: above thresholds an act of one admin becomes a request that another decides. The request holds the whole call, and its
-- hash is in the chain of actions, so that what is done is what was asked for and what was seen. Without thresholds nothing waits.

create table if not exists public.approval_thresholds (
  name text primary key,
  credits integer not null,
  updated_at timestamptz not null default now(),
  updated_by uuid references public.users (id),
  constraint approval_thresholds_name_check check (name in ('act_credits', 'day_credits')),
  constraint approval_thresholds_credits_check check (credits >= 0)
);
comment on table public.approval_thresholds is 'Above these an act needs a second admin. act_credits: credits of one refund or adjustment. day_credits: credits that one admin moves so in any 24 hours.';

create table if not exists public.admin_approvals (
  id bigint generated always as identity primary key,
  requested_by uuid not null references public.users (id),
  function_name text not null,
  payload jsonb not null,
  payload_hash text not null,
  action_type text not null,
  target_user_id uuid references public.users (id),
  target_model_id uuid references public.models (id),
  amount integer,
  reason text not null,
  ticket text,
  idempotency_key text,
  run_id text,
  signed_in boolean not null,
  status text not null default 'pending',
  decided_by uuid references public.users (id),
  decided_at timestamptz,
  decision_reason text,
  action_id bigint references public.admin_actions (id),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '24 hours',
  constraint admin_approvals_status_check check (status in ('pending', 'executed', 'rejected')),
  constraint admin_approvals_decided_check check ((status = 'pending') = (decided_at is null)),
  constraint admin_approvals_four_eyes_check check (status <> 'executed' or decided_by <> requested_by)
);
comment on table public.admin_approvals is 'Acts that wait for a second admin, or did. A pending one whose expires_at has passed has expired.';
create index if not exists admin_approvals_pending_idx on public.admin_approvals (id) where status = 'pending';
create index if not exists admin_approvals_hash_idx on public.admin_approvals (payload_hash);
create index if not exists admin_approvals_key_idx on public.admin_approvals (idempotency_key) where idempotency_key is not null;
create index if not exists admin_approvals_requester_idx on public.admin_approvals (requested_by, id desc);

do $$
declare
  v_table text;
begin
  foreach v_table in array array['approval_thresholds', 'admin_approvals'] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on public.%I from public, anon, authenticated, service_role', v_table);
    execute format('grant select on public.%I to authenticated, service_role', v_table);
    execute format('drop policy if exists %1$s_select_admin on public.%1$I', v_table);
    execute format('create policy %1$s_select_admin on public.%1$I for select to authenticated using ((select vidops.is_admin()))', v_table);
  end loop;
end $$;
revoke all on sequence public.admin_approvals_id_seq from public, anon, authenticated, service_role;

-- Whether an undo only takes back what the same admin did alone a moment ago. Of anybody else's act, of an approved or an old one it
-- moves credits like any other act. A secret key, which can name anybody, takes back only what a key did.
create or replace function vidops.is_own_undo(p_admin_user_id uuid, p_signed_in boolean, p_undoes bigint, p_time timestamptz)
returns boolean language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from public.admin_actions a
    where a.id = p_undoes and a.admin_user_id = p_admin_user_id and a.signed_in = p_signed_in and a.approved_by is null
      and a.created_at > p_time - interval '24 hours');
end $$;

-- What the day's total adds up.
create index if not exists admin_actions_credits_idx on public.admin_actions (admin_user_id, created_at) include (amount)
  where action_type in ('credit_refund', 'credit_adjustment') and approved_by is null;
create index if not exists admin_actions_key_credits_idx on public.admin_actions (created_at) include (amount)
  where action_type in ('credit_refund', 'credit_adjustment') and approved_by is null and not signed_in;

-- Why this act needs a second person, or null. Judged with the chain's head locked, the last lock there is: acts at once cannot pass
-- the day's total together, and none passes a threshold that stands before it in the chain. What secret keys move counts together,
-- whomever they name.
create or replace function vidops.needed_approval(p_act vidops.act, p_action_type text, p_amount integer default null, p_target_user_id uuid default null)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_act integer;
  v_day integer;
  v_moved bigint;
begin
  if p_act.approved_by is not null then
    return null;
  elsif not p_act.dry_run then
    perform from vidops.admin_action_chain for no key update;
  end if;
  if not exists (select from public.approval_thresholds) then
    return null;
  elsif p_amount is null then
    return jsonb_build_object('threshold', p_action_type, 'limit', null, 'requested', null);
  elsif p_target_user_id = p_act.admin_user_id then
    return jsonb_build_object('threshold', 'own_account', 'limit', null, 'requested', p_amount);
  elsif p_act.undoes is not null and vidops.is_own_undo(p_act.admin_user_id, p_act.signed_in, p_act.undoes, now()) then
    return null;
  end if;
  select max(t.credits) filter (where t.name = 'act_credits'), max(t.credits) filter (where t.name = 'day_credits')
  into v_act, v_day from public.approval_thresholds t;
  if p_amount > v_act then
    return jsonb_build_object('threshold', 'act_credits', 'limit', v_act, 'requested', p_amount);
  elsif v_day is not null then
    select coalesce(sum(abs(a.amount)), 0) into v_moved from public.admin_actions a
    where (a.admin_user_id = p_act.admin_user_id and p_act.signed_in or not a.signed_in and not p_act.signed_in)
      and a.created_at > now() - interval '24 hours' and a.action_type in ('credit_refund', 'credit_adjustment') and a.approved_by is null
      and (a.undoes is null or not vidops.is_own_undo(a.admin_user_id, a.signed_in, a.undoes, a.created_at));
    if v_moved + p_amount > v_day then
      return jsonb_build_object('threshold', 'day_credits', 'limit', v_day, 'requested', v_moved + p_amount);
    end if;
  end if;
  return null;
end $$;

-- What is asked for, whole: its hash is what the second admin approves.
create or replace function vidops.approval_payload(p_act vidops.act, p_function text, p_arguments jsonb)
returns jsonb language plpgsql stable set search_path = '' as $$
begin
  return case when p_act.undoes is not null
    then jsonb_build_object('function', 'undo_admin_action', 'arguments', jsonb_build_object('p_action_id', p_act.undoes, 'p_partial', p_act.partial))
    else jsonb_build_object('function', p_function, 'arguments', p_arguments) end
    || jsonb_build_object('reason', p_act.reason, 'ticket', p_act.ticket);
end $$;

create or replace function vidops.payload_hash(p_payload jsonb)
returns text language plpgsql stable set search_path = '' as $$
begin
  return encode(sha256(convert_to(p_payload::text, 'UTF8')), 'hex');
end $$;

-- A key that a request holds is free for nothing else, and a request that was turned down is not asked for again under its key. Null
-- when the key is free, or holds this very request.
create or replace function vidops.refused_key(p_act vidops.act, p_idempotency_key text, p_function text, p_arguments jsonb)
returns jsonb language plpgsql stable set search_path = '' as $$
declare
  v_request public.admin_approvals;
begin
  if p_act.approved_by is not null or p_idempotency_key is null then
    return null;
  end if;
  select * into v_request from public.admin_approvals r where r.idempotency_key = p_idempotency_key order by r.id desc limit 1;
  if not found or v_request.status = 'pending' and v_request.expires_at <= clock_timestamp() then
    return null;
  elsif v_request.payload_hash <> vidops.payload_hash(vidops.approval_payload(p_act, p_function, p_arguments)) then
    return jsonb_build_object('success', false, 'error', 'idempotency_key_reused', 'code', 'ERR_4010', 'approval_id', v_request.id);
  elsif v_request.status = 'rejected' then
    return jsonb_build_object('success', false, 'error', 'approval_rejected', 'code', 'ERR_4009', 'approval_id', v_request.id,
      'decided_by', v_request.decided_by, 'decided_at', v_request.decided_at, 'decision_reason', v_request.decision_reason);
  end if;
  return null;
end $$;

-- Makes the request and answers with the refusal that names it. The same call again finds the request of the first time.
create or replace function vidops.request_approval(
  p_act vidops.act, p_needed jsonb, p_function text, p_arguments jsonb, p_action_type text, p_target_user_id uuid default null,
  p_target_model_id uuid default null, p_amount integer default null, p_idempotency_key text default null)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_payload jsonb := vidops.approval_payload(p_act, p_function, p_arguments);
  v_hash text := vidops.payload_hash(v_payload);
  v_approval public.admin_approvals;
begin
  perform from vidops.admin_action_chain for no key update;
  select * into v_approval from public.admin_approvals r
  where r.payload_hash = v_hash and r.status = 'pending' and r.expires_at > clock_timestamp()
    and exists (select from public.users u where u.id = r.requested_by and u.is_admin and u.banned_at is null)
  order by r.id desc limit 1;
  if not found then
    insert into public.admin_approvals (requested_by, function_name, payload, payload_hash, action_type, target_user_id, target_model_id,
      amount, reason, ticket, idempotency_key, run_id, signed_in, created_at, expires_at)
    values (p_act.admin_user_id, v_payload ->> 'function', v_payload, v_hash, p_action_type, p_target_user_id, p_target_model_id,
      p_amount, p_act.reason, p_act.ticket, p_idempotency_key, p_act.run_id, p_act.signed_in, clock_timestamp(), clock_timestamp() + interval '24 hours')
    returning * into v_approval;
    -- Not as an undo: that is done when it is approved.
    p_act.undoes := null;
    p_act.approval_id := v_approval.id;
    perform vidops.record_act(p_act, 'approval_request', jsonb_build_object('payload', v_payload, 'payload_hash', v_hash, 'needed', p_needed,
      'expires_at', v_approval.expires_at), p_target_user_id, p_target_model_id, null, p_amount);
  end if;
  return jsonb_build_object('success', false, 'error', 'approval_required', 'code', 'ERR_4015', 'approval_id', v_approval.id,
    'payload_hash', v_hash, 'expires_at', v_approval.expires_at, 'requested_by', v_approval.requested_by) || p_needed;
end $$;

create or replace function vidops.set_approval_threshold(p_name text, p_credits integer, p_expected jsonb, p_act vidops.act)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_before integer;
  v_needed jsonb;
  v_rest jsonb;
  v_refusal jsonb;
  v_action_id bigint;
begin
  if p_name is null or p_name not in ('act_credits', 'day_credits') then
    raise exception 'p_name must be act_credits or day_credits, got %', coalesce(p_name, 'null') using errcode = '22023';
  elsif p_credits < 0 then
    raise exception 'p_credits must not be negative, got %', p_credits using errcode = '22023';
  end if;
  if not p_act.dry_run then
    lock table public.approval_thresholds in share row exclusive mode;
  end if;
  select t.credits into v_before from public.approval_thresholds t where t.name = p_name;
  v_refusal := case when v_before is distinct from p_credits or p_act.undoes is not null or p_act.approved_by is not null
    then vidops.changed_since(p_expected, jsonb_build_object('credits', v_before)) end;
  if v_refusal is not null then
    return v_refusal;
  end if;
  v_rest := jsonb_build_object('name', p_name, 'before', jsonb_build_object('credits', v_before), 'after', jsonb_build_object('credits', p_credits));
  if v_before is distinct from p_credits then
    if not exists (select from public.approval_thresholds) then
      -- So that none of them is unmade meanwhile.
      if not p_act.dry_run then
        perform from public.users u where u.is_admin order by u.id for no key update;
      end if;
      if (select count(*) from (select from public.users where is_admin and banned_at is null limit 2) u) < 2 then
        return jsonb_build_object('success', false, 'error', 'two_admins_needed', 'code', 'ERR_4009');
      end if;
    end if;
    -- Who could loosen it alone could pass it alone.
    if v_before < p_credits or p_credits is null then
      v_needed := vidops.needed_approval(p_act, 'approval_threshold');
    end if;
    if not p_act.dry_run then
      if v_needed is not null then
        return vidops.request_approval(p_act, v_needed, 'set_approval_threshold',
          jsonb_build_object('p_name', p_name, 'p_credits', p_credits, 'p_before', v_before), 'approval_threshold');
      elsif p_credits is null then
        delete from public.approval_thresholds t where t.name = p_name;
      else
        insert into public.approval_thresholds (name, credits, updated_by) values (p_name, p_credits, p_act.admin_user_id)
        on conflict (name) do update set credits = excluded.credits, updated_by = excluded.updated_by, updated_at = now();
      end if;
      v_action_id := vidops.record_act(p_act, 'approval_threshold', v_rest);
    end if;
  end if;
  return vidops.act_answer(p_act, v_action_id, v_before is distinct from p_credits, v_needed, v_rest || jsonb_build_object('thresholds', (
    select coalesce(jsonb_agg(to_jsonb(t) order by t.name), '[]') from public.approval_thresholds t)));
end $$;

create or replace function public.set_approval_threshold(
  p_name text, p_credits integer, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false,
  p_run_id text default null, p_ticket text default null, p_expected jsonb default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.set_approval_threshold(p_name, p_credits, p_expected, vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run));
end $$;
comment on function public.set_approval_threshold(text, integer, text, uuid, boolean, text, text, jsonb) is
  'Sets above how many credits an act needs a second admin (p_name: act_credits, day_credits); null removes it. The first needs two admins; raising or removing one needs a second person. p_expected {"credits": 100}: only if it is that now.';

revoke execute on function vidops.is_own_undo(uuid, boolean, bigint, timestamptz) from public, anon, authenticated, service_role;
revoke execute on function vidops.needed_approval(vidops.act, text, integer, uuid) from public, anon, authenticated, service_role;
revoke execute on function vidops.approval_payload(vidops.act, text, jsonb) from public, anon, authenticated, service_role;
revoke execute on function vidops.payload_hash(jsonb) from public, anon, authenticated, service_role;
revoke execute on function vidops.refused_key(vidops.act, text, text, jsonb) from public, anon, authenticated, service_role;
revoke execute on function vidops.request_approval(vidops.act, jsonb, text, jsonb, text, uuid, uuid, integer, text) from public, anon, authenticated, service_role;
revoke execute on function vidops.set_approval_threshold(text, integer, jsonb, vidops.act) from public, anon, authenticated, service_role;
revoke execute on function public.set_approval_threshold(text, integer, text, uuid, boolean, text, text, jsonb) from public, anon;
grant execute on function public.set_approval_threshold(text, integer, text, uuid, boolean, text, text, jsonb) to authenticated, service_role;
