-- What admins do with accounts: ban and unban, make admins and unmake them. Who is an admin is decided by rows of users, so changes
-- of that set lock all admins first: two who revoke each other at once cannot leave nobody.

create index if not exists users_admins_idx on public.users (id) where is_admin;

-- The user, locked with all admins, in the order of ids; on a dry run only read.
create or replace function vidops.user_among_admins(p_user_id uuid, p_act vidops.act)
returns public.users language plpgsql volatile set search_path = '' as $$
declare
  v_user public.users;
begin
  if p_user_id is null then
    raise exception 'p_user_id is required' using errcode = '22023';
  elsif not p_act.dry_run then
    perform from public.users u
    where u.id = any (array(select a.id from public.users a where a.is_admin) || p_user_id)
    order by u.id for no key update;
  end if;
  select * into v_user from public.users u where u.id = p_user_id;
  return v_user;
end $$;

create or replace function vidops.is_last_admin(p_user public.users)
returns boolean language plpgsql stable set search_path = '' as $$
begin
  return p_user.is_admin and p_user.banned_at is null
    and not exists (select from public.users u where u.is_admin and u.banned_at is null and u.id <> p_user.id);
end $$;

-- p_public_reason is what the user may read of it; the operator's words stay in the audit.
create or replace function vidops.set_ban(p_user_id uuid, p_banned boolean, p_public_reason text, p_expected jsonb, p_act vidops.act)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_user public.users := vidops.user_among_admins(p_user_id, p_act);
  v_action_type text := case when p_banned then 'user_ban' else 'user_unban' end;
  v_changed boolean := (v_user.banned_at is null) = p_banned;
  v_before jsonb := jsonb_build_object('banned_at', vidops.utc_text(v_user.banned_at), 'ban_reason', v_user.ban_reason);
  v_after jsonb := case when v_changed then jsonb_build_object('banned_at', case when p_banned then vidops.utc_text(now()) end, 'ban_reason', p_public_reason) else v_before end;
  v_refusal jsonb := vidops.changed_since(p_expected, v_before);
  v_needed jsonb;
  v_rest jsonb;
  v_action_id bigint;
begin
  if v_user.id is null then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  elsif v_refusal is not null then
    return v_refusal;
  elsif v_changed and p_banned then
    if v_user.id = p_act.admin_user_id then
      return jsonb_build_object('success', false, 'error', 'cannot_ban_self', 'code', 'ERR_4009');
    elsif vidops.is_last_admin(v_user) then
      return jsonb_build_object('success', false, 'error', 'last_admin', 'code', 'ERR_4009');
    end if;
  elsif v_changed and v_user.is_admin then
    v_needed := vidops.needed_approval(p_act, v_action_type);
  end if;
  v_rest := jsonb_build_object('user_id', v_user.id, 'before', v_before, 'after', v_after);
  if v_changed and not p_act.dry_run then
    if v_needed is not null then
      return vidops.request_approval(p_act, v_needed, 'unban_user', jsonb_build_object('p_user_id', p_user_id, 'p_before', v_before), v_action_type, v_user.id);
    end if;
    update public.users set banned_at = case when p_banned then now() end, ban_reason = p_public_reason, updated_at = now()
    where id = p_user_id;
    v_action_id := vidops.record_act(p_act, v_action_type, v_rest, v_user.id);
  end if;
  return vidops.act_answer(p_act, v_action_id, v_changed, v_needed, v_rest || jsonb_build_object('email', v_user.email));
end $$;

create or replace function vidops.set_admin(p_user_id uuid, p_is_admin boolean, p_expected jsonb, p_act vidops.act)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_user public.users := vidops.user_among_admins(p_user_id, p_act);
  v_action_type text := case when p_is_admin then 'admin_grant' else 'admin_revoke' end;
  v_changed boolean := v_user.is_admin <> p_is_admin;
  v_refusal jsonb := vidops.changed_since(p_expected, jsonb_build_object('is_admin', v_user.is_admin));
  v_needed jsonb;
  v_rest jsonb;
  v_action_id bigint;
begin
  if v_user.id is null then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  elsif v_refusal is not null then
    return v_refusal;
  elsif v_changed and p_is_admin then
    if v_user.banned_at is not null then
      return jsonb_build_object('success', false, 'error', 'account_banned', 'code', 'ERR_4012');
    elsif v_user.is_guest and v_user.email is null then
      return jsonb_build_object('success', false, 'error', 'guest_cannot_be_admin', 'code', 'ERR_4009');
    end if;
    v_needed := vidops.needed_approval(p_act, v_action_type);
  elsif v_changed and vidops.is_last_admin(v_user) then
    return jsonb_build_object('success', false, 'error', 'last_admin', 'code', 'ERR_4009');
  elsif v_changed and v_user.banned_at is null and exists (select from public.approval_thresholds)
    and (select count(*) from (select from public.users u where u.is_admin and u.banned_at is null limit 3) u) < 3 then
    -- Who is left could have nothing approved. A ban, which is for an emergency, does not ask.
    return jsonb_build_object('success', false, 'error', 'two_admins_needed', 'code', 'ERR_4009');
  end if;
  v_rest := jsonb_build_object('user_id', v_user.id, 'before', jsonb_build_object('is_admin', v_user.is_admin), 'after', jsonb_build_object('is_admin', p_is_admin));
  if v_changed and not p_act.dry_run then
    if v_needed is not null then
      return vidops.request_approval(p_act, v_needed, 'grant_admin', jsonb_build_object('p_user_id', p_user_id, 'p_before', jsonb_build_object('is_admin', v_user.is_admin)), v_action_type, v_user.id);
    end if;
    -- First the row, while who unmakes oneself is still an admin.
    v_action_id := vidops.record_act(p_act, v_action_type, v_rest, v_user.id);
    update public.users set is_admin = p_is_admin, updated_at = now() where id = p_user_id;
  end if;
  return vidops.act_answer(p_act, v_action_id, v_changed, v_needed, v_rest || jsonb_build_object('email', v_user.email));
end $$;

create or replace function public.ban_user(
  p_user_id uuid, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null,
  p_ticket text default null, p_public_reason text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run);
begin
  if p_public_reason !~ '\S' or char_length(p_public_reason) > 500 then
    raise exception 'p_public_reason must have 1 to 500 characters' using errcode = '22023';
  end if;
  return vidops.set_ban(p_user_id, true, p_public_reason, null, v_act);
end $$;

create or replace function public.unban_user(
  p_user_id uuid, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.set_ban(p_user_id, false, null, null, vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run));
end $$;

create or replace function public.grant_admin(
  p_user_id uuid, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.set_admin(p_user_id, true, null, vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run));
end $$;

create or replace function public.revoke_admin(
  p_user_id uuid, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false, p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.set_admin(p_user_id, false, null, vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run));
end $$;

-- A ban counts from its commit on, also for sessions that were there before: charges look at it (deduct_credits), and so does this.
create or replace function vidops.refuse_banned()
returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if exists (select from public.users u where u.id = new.user_id and u.banned_at is not null) then
    raise exception 'account_banned' using errcode = 'PT403', hint = 'The account is banned: it starts no generation.';
  end if;
  return new;
end $$;
create or replace trigger video_jobs_refuse_banned before insert on public.video_jobs
  for each row execute function vidops.refuse_banned();

comment on function public.ban_user(uuid, text, uuid, boolean, text, text, text) is 'Bans an account: its charges and generations are refused from now on. p_public_reason is what the user may read. Not oneself, and not the last admin.';
comment on function public.unban_user(uuid, text, uuid, boolean, text, text) is 'Takes a ban away. Of an admin, with thresholds set, it needs a second person.';
comment on function public.grant_admin(uuid, text, uuid, boolean, text, text) is 'Makes a user an admin. With thresholds set it needs a second person.';
comment on function public.revoke_admin(uuid, text, uuid, boolean, text, text) is 'Makes an admin an ordinary user. Not the last one.';

do $$
declare
  v_name text;
begin
  foreach v_name in array array['unban_user', 'grant_admin', 'revoke_admin'] loop
    execute format('revoke execute on function public.%I(uuid, text, uuid, boolean, text, text) from public, anon', v_name);
    execute format('grant execute on function public.%I(uuid, text, uuid, boolean, text, text) to authenticated, service_role', v_name);
  end loop;
end $$;
revoke execute on function public.ban_user(uuid, text, uuid, boolean, text, text, text) from public, anon;
grant execute on function public.ban_user(uuid, text, uuid, boolean, text, text, text) to authenticated, service_role;
revoke execute on function vidops.user_among_admins(uuid, vidops.act) from public, anon, authenticated, service_role;
revoke execute on function vidops.is_last_admin(public.users) from public, anon, authenticated, service_role;
revoke execute on function vidops.set_ban(uuid, boolean, text, jsonb, vidops.act) from public, anon, authenticated, service_role;
revoke execute on function vidops.set_admin(uuid, boolean, jsonb, vidops.act) from public, anon, authenticated, service_role;
revoke execute on function vidops.refuse_banned() from public, anon, authenticated, service_role;
