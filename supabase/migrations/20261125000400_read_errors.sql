-- Errors for ops: pages of a list, and one entry whole. The statement is put together from the filters that are given, so that
-- each is planned for what it asks: a plan for all filters at once would read the log from its end until it finds a rare code.

-- The statement that reads one page of public.error_log, and nothing else, for the filters of list_errors whose names are given:
-- $1 code, $2 endpoint, $3 user_id, $4 language, $5 fingerprint, $6 request_id, $7 since, $8 until, $9 and $10 before, $11 limit.
create or replace function vidops.error_page_statement(p_given text[])
returns text language plpgsql immutable set search_path = '' as $$
declare
  -- As in the indexes of these filters, so that no other index gives the order: see 20261125000100.
  v_utc text := case when p_given && array['code', 'endpoint', 'language', 'fingerprint', 'request_id'] then ' at time zone ''UTC''' else '' end;
  v_conditions text;
  v_order text;
begin
  v_order := format('order by (e.created_at%s) desc, e.id desc limit $11 + 1', v_utc);
  select string_agg(replace(c.condition, '%', v_utc), ' and ' order by c.place) into v_conditions
  from (values
    (0, '', 'true'), (1, 'code', 'e.error_code = $1'), (2, 'endpoint', 'e.endpoint = $2'), (3, 'user_id', 'e.user_id = u.id'),
    (4, 'language', 'e.language = $4'), (5, 'fingerprint', 'e.fingerprint = $5'), (6, 'request_id', 'e.request_id = $6'),
    (7, 'since', '(e.created_at%) >= ($7%)'), (8, 'until', '(e.created_at%) < ($8%)'),
    -- The time is said twice, because the first half is what an index on it can use.
    (9, 'before', '(e.created_at%) <= ($9%) and (e.created_at < $9 or e.id < $10)')
  ) as c(place, name, condition)
  where c.place = 0 or c.name = any (p_given);
  if 'endpoint' = any (p_given) and not p_given && array['code', 'user_id', 'language', 'fingerprint', 'request_id'] then
    -- The codes of the endpoint, one step in the index each; then the newest rows of each code, of which the newest are the page.
    return format($query$
      with recursive codes (code) as (
        (select error_code from public.error_log where endpoint = $2 order by error_code limit 1)
        union all
        select (select e.error_code from public.error_log e where e.endpoint = $2 and e.error_code > c.code order by e.error_code limit 1)
        from codes c where c.code is not null)
      select e.* from codes c cross join lateral (
        select e.* from public.error_log e where e.error_code = c.code and %1$s %2$s) e
      where c.code is not null %2$s
      $query$, v_conditions, v_order);
  end if;
  -- offset 0: a user whose name is not told to the planner is one of many, so it takes that user's index and no other.
  return format('select e.* from (select $3 as id offset 0) u cross join lateral (select e.* from public.error_log e where %1$s %2$s) e %2$s', v_conditions, v_order);
end $$;
revoke execute on function vidops.error_page_statement(text[]) from public, anon, authenticated, service_role;

create or replace function public.list_errors(
  p_code text default null, p_endpoint text default null, p_user_id uuid default null, p_language text default null,
  p_fingerprint text default null, p_request_id text default null, p_since timestamptz default null, p_until timestamptz default null,
  p_before_created_at timestamptz default null, p_before_id bigint default null, p_limit integer default 50)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'p_limit must be between 1 and 1000, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif (p_before_created_at is null) <> (p_before_id is null) then
    raise exception 'p_before_created_at and p_before_id belong together' using errcode = '22023';
  end if;
  execute format($query$
    with page as materialized (%s), numbered as (select *, row_number() over (order by created_at desc, id desc) as number from page)
    select jsonb_build_object('success', true,
      'entries', coalesce(jsonb_agg(jsonb_build_object(
        'id', id::text, 'created_at', created_at, 'error_code', error_code, 'endpoint', endpoint, 'user_id', user_id,
        'request_id', request_id, 'language', language, 'status', status, 'fingerprint', fingerprint,
        'summary', vidops.error_summary(error_details)) order by number) filter (where number <= $11), '[]'),
      'next', case when max(number) > $11 then
        (select jsonb_build_object('created_at', created_at, 'id', id::text) from numbered where number = $11) end)
    from numbered
    $query$, vidops.error_page_statement(array_remove(array[
      case when p_code is not null then 'code' end, case when p_endpoint is not null then 'endpoint' end,
      case when p_user_id is not null then 'user_id' end, case when p_language is not null then 'language' end,
      case when p_fingerprint is not null then 'fingerprint' end, case when p_request_id is not null then 'request_id' end,
      case when p_since is not null then 'since' end, case when p_until is not null then 'until' end,
      case when p_before_id is not null then 'before' end], null)))
  into v_answer
  using p_code, p_endpoint, p_user_id, p_language, p_fingerprint, p_request_id, p_since, p_until, p_before_created_at, p_before_id, p_limit;
  return v_answer;
end $$;

create or replace function public.get_error(p_error text)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_row public.error_log;
begin
  perform vidops.require_operator();
  if p_error is null or btrim(p_error) = '' or char_length(p_error) > 200 then
    raise exception 'p_error must be the id of an error or of a request' using errcode = '22023';
  end if;
  if p_error ~ '^[0-9]{1,18}$' then
    select * into v_row from public.error_log where id = p_error::bigint;
  end if;
  if v_row.id is null then
    select * into v_row from public.error_log where request_id = p_error order by created_at desc, id desc limit 1;
  end if;
  if v_row.id is null then
    return jsonb_build_object('success', false, 'error', 'error_not_found', 'code', 'ERR_4007');
  end if;
  return jsonb_build_object('success', true, 'entry', to_jsonb(v_row)
    || jsonb_build_object('id', v_row.id::text, 'summary', vidops.error_summary(v_row.error_details)));
end $$;

comment on function public.list_errors(text, text, uuid, text, text, text, timestamptz, timestamptz, timestamptz, bigint, integer) is
  'Errors that fit all filters given, newest first, p_limit of them; next is where the following page starts: hand its two values back as p_before_created_at and p_before_id.';
comment on function public.get_error(text) is
  'One error whole, by its id or by its request''s id (then the newest of that request). Error: error_not_found.';
revoke execute on function public.list_errors(text, text, uuid, text, text, text, timestamptz, timestamptz, timestamptz, bigint, integer) from public, anon;
revoke execute on function public.get_error(text) from public, anon;
grant execute on function public.list_errors(text, text, uuid, text, text, text, timestamptz, timestamptz, timestamptz, bigint, integer) to authenticated, service_role;
grant execute on function public.get_error(text) to authenticated, service_role;
