-- Work that may fail takes its slot first and gives it back when it fails, once. A slot that nobody settles stays taken: it leaves
-- with its window, as any other.

create or replace function vidops.settle_rate_limit(p_reservation uuid, p_status text)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_held vidops.rate_limit_reservations;
  v_state vidops.rate_limit_state;
  v_place integer;
begin
  if p_reservation is null then
    raise exception 'p_reservation is required' using errcode = '22023';
  end if;
  select * into v_held from vidops.rate_limit_reservations r where r.id = p_reservation for no key update;
  if not found then
    return jsonb_build_object('success', false, 'error', 'reservation_not_found', 'code', 'ERR_4007');
  elsif v_held.status = p_status then
    return jsonb_build_object('success', true, 'changed', false);
  elsif v_held.status <> 'held' then
    return jsonb_build_object('success', false, 'error', 'reservation_settled', 'code', 'ERR_4010', 'status', v_held.status);
  end if;

  if p_status = 'released' then
    -- In the order in which they were locked when they were taken.
    for i in 1 .. cardinality(v_held.subjects) loop
      select * into v_state from vidops.rate_limit_state s
      where s.subject = v_held.subjects[i] and s.action = v_held.action and s.window_seconds = v_held.windows[i] for no key update;
      v_place := array_position(v_state.times, v_held.times[i]);
      -- Nothing to give back: the window has rolled on, or a reset began anew. The first entry no longer counts.
      continue when v_place is null or v_place = 1 or v_state.started_at > v_held.created_at;
      v_state.totals := (select array_agg(t.total - case when t.place >= v_place then v_held.amount else 0 end order by t.place)
        from unnest(v_state.totals) with ordinality t(total, place));
      if v_state.totals[v_place] = v_state.totals[v_place - 1] then
        v_state.times := v_state.times[:v_place - 1] || v_state.times[v_place + 1:];
        v_state.totals := v_state.totals[:v_place - 1] || v_state.totals[v_place + 1:];
      end if;
      -- The one that is left never counts; as a time it would, after the clock was set back.
      if cardinality(v_state.times) = 1 then
        v_state.times := '{-infinity}';
      end if;
      update vidops.rate_limit_state s set times = v_state.times, totals = v_state.totals,
        free_at = vidops.rate_limit_free_at(v_state.times, v_state.totals, v_state.max_requests, make_interval(secs => v_state.window_seconds))
      where s.subject = v_state.subject and s.action = v_state.action and s.window_seconds = v_state.window_seconds;
    end loop;
  end if;
  update vidops.rate_limit_reservations r set status = p_status where r.id = p_reservation;
  return jsonb_build_object('success', true, 'changed', true);
end $$;

create or replace function public.commit_rate_limit(p_reservation uuid)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.settle_rate_limit(p_reservation, 'committed');
end $$;

create or replace function public.release_rate_limit(p_reservation uuid)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.settle_rate_limit(p_reservation, 'released');
end $$;

comment on function public.commit_rate_limit(uuid) is 'Keeps a reserved slot for good. changed is false when it was kept before; a released one is refused.';
comment on function public.release_rate_limit(uuid) is 'Gives a reserved slot back, once. changed is false when it was given back before; a committed one is refused.';
revoke execute on function vidops.settle_rate_limit(uuid, text) from public, anon, authenticated, service_role;
revoke execute on function public.commit_rate_limit(uuid) from public, anon, authenticated;
revoke execute on function public.release_rate_limit(uuid) from public, anon, authenticated;
grant execute on function public.commit_rate_limit(uuid) to service_role;
grant execute on function public.release_rate_limit(uuid) to service_role;
