-- What admins do with models: take one off sale and back, price it, feature it. These three columns change in no other way, so each
-- change has its audit row; the app's server keeps writing all the others.

revoke update on public.models from service_role;
do $$
begin
  execute format('grant update (%s) on public.models to service_role', (
    select string_agg(quote_ident(a.attname), ', ') from pg_catalog.pg_attribute a
    where a.attrelid = 'public.models'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and a.attname not in ('is_available', 'cost_per_generation', 'is_featured')));
end $$;

-- p_value: {"column": value}, one of the three. p_expected: what was seen before, or what the act left that is undone. What is so already
-- is done, except for an undo.
create or replace function vidops.change_model(p_model_id uuid, p_function text, p_value jsonb, p_expected jsonb, p_act vidops.act)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_model public.models;
  v_before jsonb;
  v_refusal jsonb;
  v_rest jsonb;
  v_action_id bigint;
begin
  if p_act.dry_run then
    select * into v_model from public.models where id = p_model_id;
  else
    select * into v_model from public.models where id = p_model_id for no key update;
  end if;
  if not found then
    return jsonb_build_object('success', false, 'error', 'model_not_found', 'code', 'ERR_4007');
  end if;
  v_before := case p_function
    when 'set_model_availability' then jsonb_build_object('is_available', v_model.is_available)
    when 'set_model_price' then jsonb_build_object('cost_per_generation', v_model.cost_per_generation)
    else jsonb_build_object('is_featured', v_model.is_featured) end;
  v_refusal := case when v_before <> p_value or p_act.undoes is not null then vidops.changed_since(p_expected, v_before) end;
  if v_refusal is not null then
    return v_refusal;
  end if;
  v_rest := jsonb_build_object('model_id', v_model.id, 'name', v_model.name, 'before', v_before, 'after', p_value);
  if v_before <> p_value and not p_act.dry_run then
    update public.models
    set is_available = coalesce((p_value ->> 'is_available')::boolean, is_available),
      cost_per_generation = coalesce((p_value ->> 'cost_per_generation')::integer, cost_per_generation),
      is_featured = coalesce((p_value ->> 'is_featured')::boolean, is_featured)
    where id = p_model_id;
    v_action_id := vidops.record_act(p_act, case p_value
      when '{"is_available": true}' then 'model_enable' when '{"is_available": false}' then 'model_disable'
      when '{"is_featured": true}' then 'model_feature' when '{"is_featured": false}' then 'model_unfeature'
      else 'model_price' end, v_rest, null, v_model.id);
  end if;
  return vidops.act_answer(p_act, v_action_id, v_before <> p_value, null, v_rest);
end $$;

create or replace function public.set_model_availability(
  p_model_id uuid, p_available boolean, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false,
  p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run);
begin
  if p_available is null then
    raise exception 'p_available must be true or false' using errcode = '22023';
  end if;
  return vidops.change_model(p_model_id, 'set_model_availability', jsonb_build_object('is_available', p_available), null, v_act);
end $$;

create or replace function public.set_model_price(
  p_model_id uuid, p_credits integer, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false,
  p_run_id text default null, p_ticket text default null, p_expected jsonb default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run);
begin
  if p_credits is null or p_credits <= 0 then
    raise exception 'p_credits must be a positive whole number of credits, got %', coalesce(p_credits::text, 'null') using errcode = '22023';
  end if;
  return vidops.change_model(p_model_id, 'set_model_price', jsonb_build_object('cost_per_generation', p_credits), p_expected, v_act);
end $$;

create or replace function public.set_model_featured(
  p_model_id uuid, p_featured boolean, p_reason text, p_admin_user_id uuid default null, p_dry_run boolean default false,
  p_run_id text default null, p_ticket text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_act vidops.act := vidops.begin_act(p_admin_user_id, p_reason, p_ticket, p_run_id, p_dry_run);
begin
  if p_featured is null then
    raise exception 'p_featured must be true or false' using errcode = '22023';
  end if;
  return vidops.change_model(p_model_id, 'set_model_featured', jsonb_build_object('is_featured', p_featured), null, v_act);
end $$;

comment on function public.set_model_availability(uuid, boolean, text, uuid, boolean, text, text) is 'Takes a model off sale, or puts it back, with its audit row.';
comment on function public.set_model_price(uuid, integer, text, uuid, boolean, text, text, jsonb) is 'Sets what one generation with a model costs, in credits, with its audit row. p_expected {"cost_per_generation": 8}: only if it costs that now.';
comment on function public.set_model_featured(uuid, boolean, text, uuid, boolean, text, text) is 'Features a model, or no longer, with its audit row.';
revoke execute on function vidops.change_model(uuid, text, jsonb, jsonb, vidops.act) from public, anon, authenticated, service_role;
revoke execute on function public.set_model_availability(uuid, boolean, text, uuid, boolean, text, text) from public, anon;
revoke execute on function public.set_model_price(uuid, integer, text, uuid, boolean, text, text, jsonb) from public, anon;
revoke execute on function public.set_model_featured(uuid, boolean, text, uuid, boolean, text, text) from public, anon;
grant execute on function public.set_model_availability(uuid, boolean, text, uuid, boolean, text, text) to authenticated, service_role;
grant execute on function public.set_model_price(uuid, integer, text, uuid, boolean, text, text, jsonb) to authenticated, service_role;
grant execute on function public.set_model_featured(uuid, boolean, text, uuid, boolean, text, text) to authenticated, service_role;
