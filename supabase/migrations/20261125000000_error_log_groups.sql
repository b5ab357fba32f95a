-- What an error belongs to: its request, its language, its status, and the group of errors that are alike. The group is computed
-- here, in a trigger, so that a plain insert in the manner of the product's first document is grouped too. Text that is compared
-- or indexed is cut, because an index refuses a row whose key is too long, and the row is worth more than the end of its endpoint.

-- On the first run, functions of these names are set aside, as 20261101000000 does with others.
do $$
declare
  v_object record;
begin
  if to_regclass('vidops.error_counts') is not null then
    return;
  end if;
  for v_object in
    select p.oid::regprocedure as name, pg_catalog.pg_get_functiondef(p.oid) as definition
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.proname in ('log_error', 'list_errors', 'top_errors', 'get_error')
  loop
    insert into vidops.replaced_objects (kind, name, definition) values ('function', v_object.name, v_object.definition);
    raise warning 'vidops: set aside function %', v_object.name using hint = 'Its definition is kept in vidops.replaced_objects.';
    execute format('drop function %s', v_object.name);
  end loop;
end $$;

alter table public.error_log
  add column if not exists request_id text,
  add column if not exists fingerprint text,
  add column if not exists language text,
  add column if not exists status integer;

comment on table public.error_log is 'Errors that users met, kept 90 days, for ops.';
comment on column public.error_log.request_id is 'The request that failed; the user saw the same id.';
comment on column public.error_log.fingerprint is '16 hexadecimal digits, the same for errors that are alike; filled at insert.';
comment on column public.error_log.language is 'The language that the user was answered in.';
comment on column public.error_log.status is 'The HTTP status of the answer.';

grant insert (request_id, fingerprint, language, status) on public.error_log to service_role;

-- Small functions are plpgsql: an SQL function with a search_path is planned anew in each transaction, and these run at each insert.

-- Uuids, other long or hexadecimal ids, and numbers become one placeholder. "v1" and "mp4" are words and stay.
create or replace function vidops.without_ids(p_text text, p_placeholder text)
returns text language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  if p_text !~ '[0-9]' then
    return p_text;
  end if;
  return regexp_replace(p_text,
    '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\m(?=[a-z_-]*[0-9])[a-z0-9_-]{16,}|\m(?=[a-f]*[0-9])[0-9a-f]{8,}\M|\m[0-9]+(?:[.,:][0-9]+)*|_[0-9]{2,}\M',
    p_placeholder, 'gi');
end $$;

-- /jobs/123?full=1 and https://api.example.com/jobs/124 are one place: /jobs/:id.
create or replace function vidops.endpoint_pattern(p_endpoint text)
returns text language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  if p_endpoint !~ '[0-9?#:]' then
    return left(p_endpoint, 500);
  end if;
  return vidops.without_ids(regexp_replace(left(p_endpoint, 500), '^([A-Z]+ )?[a-z]+://[^/?#]+|[?#].*$', '\1', 'g'), ':id');
end $$;

-- What the details say happened, for people: the message and that of its cause.
create or replace function vidops.error_summary(p_details jsonb)
returns text language plpgsql immutable parallel safe set search_path = '' as $$
begin
  return case jsonb_typeof(p_details)
    when 'string' then left(p_details #>> '{}', 300)
    when 'object' then nullif(left(concat_ws(': ',
      coalesce(p_details ->> 'message', p_details #>> '{error,message}', p_details ->> 'error', p_details ->> 'reason'),
      p_details #>> '{cause,message}'), 300), '')
  end;
end $$;

-- Code, place and message, without what differs from one occurrence to the next: ids, numbers, addresses, quoted values.
-- Names of constraints and tables, which Postgres quotes too, stay: they tell errors apart.
create or replace function vidops.error_fingerprint(p_error_code text, p_endpoint text, p_details jsonb)
returns text language plpgsql immutable parallel safe set search_path = '' as $$
declare
  v_message text := vidops.error_summary(p_details);
begin
  if v_message ~ '["''`@(]' then
    v_message := regexp_replace(v_message, '(constraint|relation|column|table|function|index|schema|type) "([^"]{1,63})"', '\1 \2', 'gi');
    v_message := regexp_replace(v_message, '"[^"]*"?|''[^'']*''|`[^`]*`|=\([^)]*\)|[^[:space:]@]+@[^[:space:]@]+', '#', 'g');
  end if;
  return left(encode(sha256(convert_to(concat_ws(chr(31), coalesce(p_error_code, ''), coalesce(vidops.endpoint_pattern(p_endpoint), ''),
    p_details ->> 'reason', vidops.without_ids(v_message, '#')), 'UTF8')), 'hex'), 16);
end $$;

comment on function vidops.error_fingerprint(text, text, jsonb) is
  '16 hexadecimal digits, the same for errors of one code at one endpoint whose messages differ only in ids, numbers and quoted values.';

create or replace function vidops.prepare_error()
returns trigger language plpgsql volatile security definer set search_path = '' as $$
begin
  new.error_code := left(new.error_code, 100);
  new.endpoint := left(new.endpoint, 500);
  new.request_id := left(nullif(new.request_id, ''), 200);
  -- '*' stands for all languages where errors are counted.
  new.language := left(nullif(nullif(new.language, ''), '*'), 35);
  new.fingerprint := coalesce(left(nullif(new.fingerprint, ''), 64), vidops.error_fingerprint(new.error_code, new.endpoint, new.error_details));
  return new;
end $$;

revoke execute on function vidops.without_ids(text, text) from public, anon, authenticated, service_role;
revoke execute on function vidops.endpoint_pattern(text) from public, anon, authenticated, service_role;
revoke execute on function vidops.error_summary(jsonb) from public, anon, authenticated, service_role;
revoke execute on function vidops.error_fingerprint(text, text, jsonb) from public, anon, authenticated, service_role;
revoke execute on function vidops.prepare_error() from public, anon, authenticated, service_role;

create or replace trigger error_log_prepare before insert on public.error_log
  for each row execute function vidops.prepare_error();

-- Earlier rows: the newest million get their group, so that an outage of last week can be looked at; the rest is listed without.
update public.error_log set error_code = left(error_code, 100), endpoint = left(endpoint, 500)
where octet_length(error_code) > 1000 or octet_length(endpoint) > 2000;
update public.error_log e set fingerprint = vidops.error_fingerprint(e.error_code, e.endpoint, e.error_details)
from (select id from public.error_log order by created_at desc, id desc limit 1000000) newest
where e.id = newest.id and e.fingerprint is null;
