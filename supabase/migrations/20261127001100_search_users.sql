-- Finding users by what a support request holds: an id or its beginning, any part of an email, a device, a job. Bounded work at
-- millions of users for any text. What many have is found by walking the newest; what few have, on an index of all groups of
-- three characters. That is no pg_trgm: it knows words only, so that of "com.example" or "q@" it would read every user.

-- The groups of three characters next to each other, in lower case; the last two are shorter, so that a text of one or two
-- characters is the beginning of a group wherever it stands. Of what is longer than any address, the first 320 characters.
create or replace function vidops.text_groups(p_text text)
returns tsvector language sql immutable strict parallel safe set search_path = '' as $$
  select array_to_tsvector(array(select substr(t, i, 3) from generate_series(1, char_length(t)) i))
  from (select left(lower(p_text), 320) as t) l;
$$;
comment on function vidops.text_groups(text) is 'All groups of three characters of a text, in lower case, for an index on parts of it.';
-- Whoever writes a user computes its index entry.
revoke execute on function vidops.text_groups(text) from public, anon;
grant execute on function vidops.text_groups(text) to authenticated, service_role;

create index if not exists users_newest_idx on public.users (created_at desc, id desc);
create index if not exists users_admins_newest_idx on public.users (created_at desc, id desc) where is_admin;
create index if not exists users_banned_newest_idx on public.users (created_at desc, id desc) where banned_at is not null;
-- Each spend rewrites its user: room in the page keeps the row there, and then no index is written.
alter table public.users set (fillfactor = 80);
create index if not exists users_email_groups_idx on public.users using gin (vidops.text_groups(email));

create or replace function public.search_users(
  p_query text default null, p_is_admin boolean default null, p_banned boolean default null, p_tier text default null,
  p_is_guest boolean default null, p_before_created_at timestamptz default null, p_before_id uuid default null, p_limit integer default 50)
returns jsonb language plpgsql stable security definer set search_path = '' set work_mem = '32MB' set enable_seqscan = off set jit = off as $$
declare
  -- So many are read in some ten milliseconds. What less than a page of them have, few users have.
  c_walked constant integer := 20000;
  v_text text := nullif(btrim(p_query), '');
  v_part text := lower(v_text);
  v_first_id uuid;
  v_last_id uuid;
  v_by_job uuid;
  v_groups tsquery;
  v_other text;
  v_match text := 'true';
  v_filters text := concat_ws(' and ', case p_is_admin when true then 'u.is_admin' when false then 'not u.is_admin' end,
    case p_banned when true then 'u.banned_at is not null' when false then 'u.banned_at is null' end,
    case when p_tier is not null then 'u.tier = $6' end, case p_is_guest when true then 'u.is_guest' when false then 'not u.is_guest' end, 'true');
  v_after text := case when p_before_id is null then 'true' else '(u.created_at, u.id) < ($7, $8)' end;
  v_walk text := format('select u.* from public.users u where %s order by u.created_at desc, u.id desc limit %s', concat_ws(' and ', v_after,
    case when p_is_admin then 'u.is_admin' end, case when p_banned then 'u.banned_at is not null' end), c_walked);
  v_statement text := $query$
    with page as materialized (
      select u.* from (%1$s) u where (%2$s) and %3$s order by u.created_at desc, u.id desc limit $9 + 1
    )
    select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'email', u.email, 'device_id', u.device_id, 'is_guest', u.is_guest, 'tier', u.tier,
      'credits_remaining', u.credits_remaining, 'credits_total', u.credits_total, 'language', u.language, 'is_admin', u.is_admin,
      'banned_at', u.banned_at, 'created_at', u.created_at, 'matched_by',
      case when $1 is null then null when strpos(lower(u.email), $1) > 0 then 'email' when u.device_id = $2 then 'device_id' when u.id = $5 then 'job_id' else 'id' end)
      order by u.created_at desc, u.id desc), '[]')
    from page u
    $query$;
  v_users jsonb;
  v_walked jsonb;
  v_few boolean;
begin
  perform vidops.require_operator();
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'p_limit must be between 1 and 1000, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif char_length(v_text) > 320 then
    raise exception 'p_query must have at most 320 characters' using errcode = '22023';
  elsif p_tier not in ('free', 'premium') then
    raise exception 'p_tier must be free or premium, got %', p_tier using errcode = '22023';
  elsif (p_before_created_at is null) <> (p_before_id is null) then
    raise exception 'p_before_created_at and p_before_id belong together' using errcode = '22023';
  end if;

  if v_text is not null then
    -- Of an id at least four digits: fewer are the beginning of too many to be meant.
    if v_part ~ '^[0-9a-f-]{4,36}$'
      and v_part || substr('00000000-0000-0000-0000-000000000000', char_length(v_part) + 1) ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then
      v_first_id := v_part || substr('00000000-0000-0000-0000-000000000000', char_length(v_part) + 1);
      v_last_id := v_part || substr('ffffffff-ffff-ffff-ffff-ffffffffffff', char_length(v_part) + 1);
      v_by_job := (select j.user_id from public.video_jobs j where j.job_id = v_first_id and v_first_id = v_last_id);
    end if;
    v_groups := (select string_agg('''' || replace(replace(g, '\', '\\'), '''', '''''') || '''' || case when char_length(v_part) < 3 then ':*' else '' end, ' & ')::tsquery
      from (select distinct substr(v_part, i, 3) as g from generate_series(1, greatest(char_length(v_part) - 2, 1)) i) parts);
    v_other := concat_ws(' or ', 'u.device_id = $2',
      case when v_first_id is not null then 'u.id between $3 and $4' end, case when v_by_job is not null then 'u.id = $5' end);
    v_match := 'strpos(lower(u.email), $1) > 0 or ' || v_other;
  end if;

  -- First the newest: a text that many have fills a page with some of them.
  execute format(v_statement, v_walk, v_match, v_filters) into v_users
  using v_part, v_text, v_first_id, v_last_id, v_by_job, p_tier, p_before_created_at, p_before_id, p_limit;
  if jsonb_array_length(v_users) <= p_limit then
    -- A text alone is what was missing. With filters, it may be they: then many of those walked have the text.
    v_few := v_text is not null and v_filters = 'true';
    if not v_few then
      execute format($query$
        select jsonb_build_object('created_at', (array_agg(w.created_at order by w.created_at, w.id))[1], 'id', (array_agg(w.id order by w.created_at, w.id))[1],
          'matching', count(*) filter (where strpos(lower(w.email), $1) > 0))
        from (%s) w having count(*) = %s $query$, v_walk, c_walked) into v_walked
      using v_part, v_text, v_first_id, v_last_id, v_by_job, p_tier, p_before_created_at, p_before_id, p_limit;
      v_few := v_text is not null and (v_walked ->> 'matching')::integer < c_walked / 20;
    end if;
    -- Few have the text, so all who have it are looked at. Where many have it and what is rare are the filters together, the page
    -- stays short, and the next one goes on from here.
    if v_few then
      execute format(v_statement, format('select u.* from public.users u where (vidops.text_groups(u.email) @@ $10 or %s) and %s offset 0', v_other, v_after), v_match, v_filters) into v_users
      using v_part, v_text, v_first_id, v_last_id, v_by_job, p_tier, p_before_created_at, p_before_id, p_limit, v_groups;
      v_walked := null;
    end if;
  end if;
  return jsonb_build_object('success', true, 'users', v_users - p_limit,
    'next', case when jsonb_array_length(v_users) > p_limit
      then jsonb_build_object('created_at', v_users -> p_limit - 1 -> 'created_at', 'id', v_users -> p_limit - 1 -> 'id') else v_walked - 'matching' end);
end $$;

comment on function public.search_users(text, boolean, boolean, text, boolean, timestamptz, uuid, integer) is
  'Users that fit all filters given, newest first, p_limit of them. p_query: an id or its beginning (from four digits), any part of an email in any case and without wildcards, '
  'a device id, a job id; matched_by says which. next is where the following page starts: hand its two values back as p_before_created_at and p_before_id. '
  'Filters that hardly anybody fits together make a page short: then next is not null, and the following page goes on.';
revoke execute on function public.search_users(text, boolean, boolean, text, boolean, timestamptz, uuid, integer) from public, anon;
grant execute on function public.search_users(text, boolean, boolean, text, boolean, timestamptz, uuid, integer) to authenticated, service_role;
