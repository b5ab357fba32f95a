-- Models for ops: price, availability, and what they were used for in a period. What a period costs to read goes by its jobs, which
-- the index on model and time finds; so a period has an end, and without one nothing is counted.

-- What a model was used for, in slots counted back from the end: jobs started, how many failed, and their credits. The oldest slot
-- takes what is over by less than a twentieth: who asks for seven days by another clock gets seven.
create or replace function vidops.model_usage(p_model_id uuid, p_since timestamptz, p_until timestamptz, p_slot interval)
returns jsonb language sql stable set search_path = '' as $$
  with slots as materialized (
    select p_until - n * p_slot as slot
    from generate_series(1, greatest(1, ceil(extract(epoch from p_until - p_since) / extract(epoch from p_slot) - 0.05))::integer) n
  ), counts as (
    select greatest(date_bin(p_slot, j.created_at, p_until), (select min(slot) from slots)) as slot, count(*) as jobs,
      count(*) filter (where j.status = 'completed') as completed, count(*) filter (where j.status = 'failed') as failed,
      sum(j.credits_used) as credits, sum(j.credits_refunded) as refunded, count(*) filter (where j.credits_refunded > 0) as refunded_jobs
    from public.video_jobs j where j.model_id = p_model_id and j.created_at >= p_since and j.created_at < p_until group by 1
  )
  select jsonb_build_object('jobs', coalesce(sum(jobs), 0), 'completed', coalesce(sum(completed), 0), 'failed', coalesce(sum(failed), 0),
    'credits', coalesce(sum(credits), 0), 'refunded', coalesce(sum(refunded), 0), 'refunded_jobs', coalesce(sum(refunded_jobs), 0),
    'slots', jsonb_build_object('jobs', jsonb_agg(coalesce(jobs, 0) order by slot), 'failed', jsonb_agg(coalesce(failed, 0) order by slot),
      'credits', jsonb_agg(coalesce(credits, 0) order by slot), 'refunded', jsonb_agg(coalesce(refunded, 0) order by slot)))
  from slots left join counts using (slot);
$$;
revoke execute on function vidops.model_usage(uuid, timestamptz, timestamptz, interval) from public, anon, authenticated, service_role;

-- The length of a slot: an hour within two days, else a day.
create or replace function vidops.usage_slot(p_since timestamptz, p_until timestamptz)
returns interval language plpgsql stable set search_path = '' as $$
begin
  if not isfinite(p_since) or not isfinite(p_until) then
    raise exception 'p_since and p_until must be times' using errcode = '22023';
  elsif p_since > now() then
    raise exception 'p_since is in the future' using errcode = '22023';
  elsif p_since >= p_until then
    raise exception 'p_since must be before p_until' using errcode = '22023';
  elsif p_since < p_until - interval '92 days' then
    raise exception 'p_since must be at most 92 days before p_until' using errcode = '22023';
  end if;
  return case when p_since >= p_until - interval '48 hours' then interval '1 hour' else interval '24 hours' end;
end $$;
revoke execute on function vidops.usage_slot(timestamptz, timestamptz) from public, anon, authenticated, service_role;

create or replace function public.list_model_usage(
  p_name text default null, p_available boolean default null, p_featured boolean default null, p_provider text default null,
  p_category text default null, p_since timestamptz default null, p_until timestamptz default null, p_after_id uuid default null,
  p_limit integer default 50)
returns jsonb language plpgsql stable security definer set search_path = '' set jit = off as $$
declare
  v_until timestamptz := coalesce(p_until, now());
  v_slot interval;
  v_after text;
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'p_limit must be between 1 and 1000, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif p_until is not null and p_since is null then
    raise exception 'p_until needs p_since' using errcode = '22023';
  end if;
  if p_since is not null then
    v_slot := vidops.usage_slot(p_since, v_until);
  end if;
  if p_after_id is not null then
    select lower(m.name) into v_after from public.models m where m.id = p_after_id;
    if not found then
      raise exception 'p_after_id is no model' using errcode = '22023';
    end if;
  end if;
  with page as materialized (
    select * from public.models m
    where (p_name is null or strpos(lower(m.name), lower(p_name)) > 0) and (p_available is null or m.is_available = p_available)
      and (p_featured is null or m.is_featured = p_featured) and (p_provider is null or m.provider = p_provider)
      and (p_category is null or m.category = p_category) and (p_after_id is null or (lower(m.name), m.id) > (v_after, p_after_id))
    order by lower(m.name), m.id limit p_limit + 1
  ), numbered as (select *, row_number() over (order by lower(name), id) as number from page)
  select jsonb_build_object('success', true, 'since', p_since, 'until', case when p_since is not null then v_until end,
    'slot_seconds', extract(epoch from v_slot)::integer,
    'models', coalesce(jsonb_agg(jsonb_build_object(
      'id', n.id, 'name', n.name, 'category', n.category, 'cost_per_generation', n.cost_per_generation, 'provider', n.provider,
      'provider_model_id', n.provider_model_id, 'is_featured', n.is_featured, 'is_available', n.is_available, 'created_at', n.created_at,
      'last_job_at', (select max(j.created_at) from public.video_jobs j where j.model_id = n.id),
      'usage', case when p_since is not null then vidops.model_usage(n.id, p_since, v_until, v_slot) end)
      order by n.number) filter (where n.number <= p_limit), '[]'),
    'next', case when max(n.number) > p_limit then (select id from numbered where number = p_limit) end)
  into v_answer
  from numbered n;
  return v_answer;
end $$;

create or replace function public.get_model_usage(p_model text, p_since timestamptz default null, p_until timestamptz default null)
returns jsonb language plpgsql stable security definer set search_path = '' set jit = off as $$
declare
  v_until timestamptz := coalesce(p_until, now());
  v_name text := lower(btrim(p_model));
  v_slot interval;
  v_ids uuid[];
  v_model public.models;
  v_near jsonb;
begin
  perform vidops.require_operator();
  if coalesce(v_name, '') = '' then
    raise exception 'p_model must be the id or the name of a model' using errcode = '22023';
  elsif p_until is not null and p_since is null then
    raise exception 'p_until needs p_since' using errcode = '22023';
  end if;
  if p_since is not null then
    v_slot := vidops.usage_slot(p_since, v_until);
  end if;
  if v_name ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
    v_ids := array(select m.id from public.models m where m.id = v_name::uuid);
  else
    v_ids := array(select m.id from public.models m where lower(btrim(m.name)) = v_name);
  end if;
  if cardinality(v_ids) <> 1 then
    select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'is_available', c.is_available) order by lower(c.name), c.id), '[]')
    into v_near from (
      select * from public.models m
      where m.id = any (v_ids) or cardinality(v_ids) = 0 and strpos(lower(m.name), v_name) > 0 order by lower(m.name), m.id limit 10
    ) c;
    return jsonb_build_object('success', false, 'candidates', v_near)
      || case when cardinality(v_ids) = 0 then '{"error": "model_not_found", "code": "ERR_4007"}' else '{"error": "ambiguous_model", "code": "ERR_4009"}' end::jsonb;
  end if;
  select * into v_model from public.models m where m.id = v_ids[1];
  return jsonb_build_object('success', true, 'since', p_since, 'until', case when p_since is not null then v_until end,
    'slot_seconds', extract(epoch from v_slot)::integer,
    'model', to_jsonb(v_model) || jsonb_build_object(
      'last_job_at', (select max(j.created_at) from public.video_jobs j where j.model_id = v_model.id),
      'usage', case when p_since is not null then vidops.model_usage(v_model.id, p_since, v_until, v_slot) end));
end $$;

comment on function public.list_model_usage(text, boolean, boolean, text, text, timestamptz, timestamptz, uuid, integer) is
  'Models that fit all filters given (p_name: part of the name), by name. With p_since (at most 92 days before p_until, which is now by default) what each was used for: jobs started, completed, failed, credits charged and refunded of them, in all and in slots oldest first. '
  'next is where the following page starts: hand it back as p_after_id.';
comment on function public.get_model_usage(text, timestamptz, timestamptz) is
  'One model by its id or its whole name (any case), with its use since p_since as list_model_usage tells it; or error model_not_found with up to 10 candidates of which it is part of the name, or ambiguous_model with those of that name.';
revoke execute on function public.list_model_usage(text, boolean, boolean, text, text, timestamptz, timestamptz, uuid, integer) from public, anon;
revoke execute on function public.get_model_usage(text, timestamptz, timestamptz) from public, anon;
grant execute on function public.list_model_usage(text, boolean, boolean, text, text, timestamptz, timestamptz, uuid, integer) to authenticated, service_role;
grant execute on function public.get_model_usage(text, timestamptz, timestamptz) to authenticated, service_role;
