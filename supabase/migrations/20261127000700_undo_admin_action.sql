-- An undo is the act that compensates, done by the same function as any act of its kind, with its own audit row that names what it
-- undoes. Once; never of an undo; and only while what the act left is still there, so that it undoes nobody else's later change.

-- What an act of this type changed: a balance, a rule of limits, or the one key that its before and after have. Null: it cannot be undone.
create or replace function vidops.reversible_kind(p_action_type text)
returns text language plpgsql immutable set search_path = '' as $$
begin
  return case
    when p_action_type in ('credit_refund', 'credit_adjustment') then 'balance'
    when p_action_type in ('model_enable', 'model_disable') then 'is_available'
    when p_action_type = 'model_price' then 'cost_per_generation'
    when p_action_type in ('model_feature', 'model_unfeature') then 'is_featured'
    when p_action_type in ('user_ban', 'user_unban') then 'banned_at'
    when p_action_type in ('admin_grant', 'admin_revoke') then 'is_admin'
    when p_action_type = 'rate_limit_rule' then 'rule'
    when p_action_type = 'approval_threshold' then 'credits'
  end;
end $$;

-- p_partial: where credits were spent meanwhile, what is left of them.
create or replace function vidops.undo_admin_action(p_action_id bigint, p_partial boolean, p_act vidops.act)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_act vidops.act := p_act;
  v_action public.admin_actions;
  v_undo public.admin_actions;
  v_details jsonb;
  v_before jsonb;
  v_after jsonb;
  v_kind text;
  v_why text;
  v_answer jsonb;
begin
  if p_action_id is null then
    raise exception 'p_action_id is required' using errcode = '22023';
  end if;
  v_act.undoes := p_action_id;
  v_act.partial := coalesce(p_partial, false);
  if not p_act.dry_run then
    -- Two undos of one act take turns; the lock is of this transaction, and nothing else takes it.
    perform pg_advisory_xact_lock(hashtextextended('vidops.undo_admin_action', p_action_id));
  end if;
  select * into v_action from public.admin_actions a where a.id = p_action_id;
  if not found then
    return jsonb_build_object('success', false, 'error', 'action_not_found', 'code', 'ERR_4007');
  end if;
  select * into v_undo from public.admin_actions a where a.undoes = p_action_id;
  if found then
    return jsonb_build_object('success', false, 'error', 'already_undone', 'code', 'ERR_4009', 'undone_by', v_undo.id, 'undone_at', v_undo.created_at,
      'undone_by_admin', v_undo.admin_user_id);
  end if;
  v_details := v_action.details;
  v_before := v_details -> 'before';
  v_after := v_details -> 'after';
  v_kind := vidops.reversible_kind(v_action.action_type);
  v_why := case
    when v_action.undoes is not null then 'is_undo'
    when v_kind is null then 'not_reversible'
    -- Rows that vidops did not write may not say what there was before.
    when v_kind = 'balance' then case when v_action.target_user_id is null or coalesce(v_action.amount, 0) in (0, -2147483648)
      or v_action.amount > (select j.credits_refunded from public.video_jobs j where j.job_id = v_action.target_job_id) then 'not_reversible' end
    when v_kind = 'rule' then case when not v_details ?& array['action', 'per', 'tier', 'window_seconds', 'before', 'after'] then 'not_reversible' end
    when coalesce(jsonb_typeof(v_before -> v_kind), '') = '' or coalesce(jsonb_typeof(v_after -> v_kind), '') = '' then 'not_reversible'
    when v_kind in ('is_available', 'is_featured', 'is_admin') and jsonb_typeof(v_before -> v_kind) <> 'boolean' then 'not_reversible'
    when v_kind = 'cost_per_generation' and not v_before @? '$.cost_per_generation ? (@ >= 1 && @ <= 2147483647)' then 'not_reversible'
    when v_kind in ('is_available', 'is_featured', 'cost_per_generation') and v_action.target_model_id is null then 'not_reversible'
    when v_kind in ('is_admin', 'banned_at') and v_action.target_user_id is null then 'not_reversible'
  end;
  if v_why is not null then
    return jsonb_build_object('success', false, 'error', 'cannot_undo', 'code', 'ERR_4009', 'why', v_why, 'action_type', v_action.action_type, 'undoes', v_action.undoes);
  end if;

  v_answer := case
    when v_action.action_type = 'credit_refund' then
      vidops.adjust_credits(v_action.target_user_id, -v_action.amount, null, null, v_action.target_job_id, v_act)
    when v_action.action_type = 'credit_adjustment' then
      vidops.adjust_credits(v_action.target_user_id, -v_action.amount, null, null, null, v_act)
    when v_action.action_type in ('model_enable', 'model_disable') then
      vidops.change_model(v_action.target_model_id, 'set_model_availability', v_before, v_after, v_act)
    when v_action.action_type = 'model_price' then
      vidops.change_model(v_action.target_model_id, 'set_model_price', v_before, v_after, v_act)
    when v_action.action_type in ('model_feature', 'model_unfeature') then
      vidops.change_model(v_action.target_model_id, 'set_model_featured', v_before, v_after, v_act)
    when v_action.action_type = 'user_ban' then
      vidops.set_ban(v_action.target_user_id, false, null, v_after, v_act)
    when v_action.action_type = 'user_unban' then
      vidops.set_ban(v_action.target_user_id, true, v_before ->> 'ban_reason', v_after, v_act)
    when v_action.action_type in ('admin_grant', 'admin_revoke') then
      vidops.set_admin(v_action.target_user_id, (v_before ->> 'is_admin')::boolean, v_after, v_act)
    when v_action.action_type = 'rate_limit_rule' then
      vidops.set_rate_limit_rule(v_details ->> 'action', v_details ->> 'per', v_details ->> 'tier', (v_details ->> 'window_seconds')::integer,
        (v_details ->> 'before')::integer, jsonb_build_object('max_requests', v_details -> 'after'), v_act)
    when v_action.action_type = 'approval_threshold' then
      vidops.set_approval_threshold(v_details ->> 'name', (v_before ->> 'credits')::integer, v_after, v_act)
  end;
  if not (v_answer ->> 'success')::boolean then
    return v_answer || jsonb_build_object('undoes', p_action_id);
  end if;
  return v_answer || jsonb_build_object('undoes', p_action_id, 'undone_action_type', v_action.action_type,
    'partial', coalesce((v_answer ->> 'change')::integer <> -v_action.amount, false));
end $$;

create or replace function public.undo_admin_action(
  p_action_id bigint, p_reason text, p_partial boolean default false, p_admin_user_id uuid default null, p_dry_run boolean default false,
  p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.undo_admin_action(p_action_id, p_partial, vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run));
end $$;
comment on function public.undo_admin_action(bigint, text, boolean, uuid, boolean, text, text) is
  'Makes the act that compensates another, once, as long as what it left is still there. Credits that were spent meanwhile: credits_already_spent, unless p_partial takes what is left.';
revoke execute on function vidops.reversible_kind(text) from public, anon, authenticated, service_role;
revoke execute on function vidops.undo_admin_action(bigint, boolean, vidops.act) from public, anon, authenticated, service_role;
revoke execute on function public.undo_admin_action(bigint, text, boolean, uuid, boolean, text, text) from public, anon;
grant execute on function public.undo_admin_action(bigint, text, boolean, uuid, boolean, text, text) to authenticated, service_role;
