-- Finds the one user that an operator means, by id or by email, on an index and without wildcards: money must not go to
-- somebody whose address merely looks alike.

create or replace function public.find_user(p_user text)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_matches jsonb;
begin
  perform vidops.require_operator();
  if p_user is null or btrim(p_user) = '' or char_length(p_user) > 320 then
    raise exception 'p_user must be a user id or an email' using errcode = '22023';
  end if;
  select coalesce(jsonb_agg(to_jsonb(m)), '[]') into v_matches
  from (
    select u.id, u.email, u.is_guest, u.tier, u.credits_remaining, u.credits_total, u.language, u.is_admin, u.banned_at, u.created_at
    from public.users u
    where case when p_user ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then u.id = p_user::uuid end
      or lower(u.email) = lower(btrim(p_user))
    order by u.created_at limit 10
  ) m;
  return case jsonb_array_length(v_matches)
    when 0 then jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007')
    when 1 then jsonb_build_object('success', true, 'user', v_matches -> 0)
    else jsonb_build_object('success', false, 'error', 'ambiguous_user', 'code', 'ERR_4009',
      'user_ids', jsonb_path_query_array(v_matches, '$[*].id'))
  end;
end $$;

comment on function public.find_user(text) is
  'The user with this id or this email (any case). Errors: user_not_found; ambiguous_user with user_ids when an email is not one person''s.';
revoke execute on function public.find_user(text) from public, anon;
grant execute on function public.find_user(text) to authenticated, service_role;
