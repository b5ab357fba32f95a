-- Who acts. A signed-in admin is who the token says; a server with the service key has to name the admin it acts for. Every
-- function that acts for an admin asks here first, so there is one place that can be wrong.

create or replace function vidops.acting_admin(p_admin_user_id uuid)
returns uuid language plpgsql stable security definer set search_path = '' as $$
declare
  v_signed_in uuid := auth.uid();
  v_admin uuid;
begin
  if v_signed_in is not null then
    if p_admin_user_id is distinct from v_signed_in and p_admin_user_id is not null then
      raise exception 'p_admin_user_id is not the signed-in user' using errcode = '42501', hint = 'Leave it out when signed in.';
    end if;
    v_admin := v_signed_in;
  elsif current_setting('role', true) in ('anon', 'authenticated') then
    -- A token without a subject is nobody, whatever its role claims.
    raise exception 'not signed in' using errcode = '42501', hint = 'Sign in as an admin.';
  elsif p_admin_user_id is null then
    raise exception 'name the acting admin in p_admin_user_id' using errcode = '42501',
      hint = 'The service key alone says nothing about who acts.';
  else
    v_admin := p_admin_user_id;
  end if;

  if not exists (select from public.users where id = v_admin and is_admin and banned_at is null) then
    raise exception 'user % is not an admin', v_admin using errcode = '42501',
      hint = 'Only a user whose is_admin is true, and who is not banned, may act.';
  end if;
  return v_admin;
end $$;
comment on function vidops.acting_admin(uuid) is 'The id of the admin who acts: the signed-in one, or the one a service key names. Raises 42501 for anybody else.';
revoke execute on function vidops.acting_admin(uuid) from public, anon, authenticated, service_role;
