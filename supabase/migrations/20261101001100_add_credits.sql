-- Grants and purchases. credits_total counts what came in; a refund is given back, not earned, and has its own function.

create or replace function public.add_credits(p_user_id uuid, p_amount integer, p_reason text, p_transaction_id text default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_user public.users;
  v_earlier public.quota_log;
begin
  if p_user_id is null then
    raise exception 'p_user_id is required' using errcode = '22023';
  elsif p_amount is null or p_amount <= 0 then
    raise exception 'p_amount must be a positive whole number of credits, got %', coalesce(p_amount::text, 'null') using errcode = '22023';
  elsif p_reason is null or p_reason !~ '\S' or char_length(p_reason) > 500 then
    raise exception 'p_reason must have 1 to 500 characters' using errcode = '22023';
  elsif p_transaction_id is not null and char_length(p_transaction_id) not between 1 and 200 then
    raise exception 'p_transaction_id must have 1 to 200 characters' using errcode = '22023';
  end if;

  select * into v_user from public.users where id = p_user_id for no key update;
  if not found then
    return jsonb_build_object('success', false, 'error', 'user_not_found', 'code', 'ERR_4007');
  end if;

  if p_transaction_id is not null then
    select * into v_earlier from public.quota_log where transaction_id = p_transaction_id;
    if found then
      return vidops.replayed_purchase(v_earlier, p_user_id, p_amount);
    end if;
  end if;

  if v_user.credits_remaining + p_amount::bigint > 2147483647 or v_user.credits_total + p_amount::bigint > 2147483647 then
    raise exception 'p_amount is too large: the balance would pass 2147483647' using errcode = '22023';
  end if;

  -- Before the balance is touched: the same transaction may be on its way for another user, and only one row can win.
  insert into public.quota_log (user_id, change, reason, transaction_id, balance_after)
  values (p_user_id, p_amount, p_reason, p_transaction_id, v_user.credits_remaining + p_amount)
  on conflict (transaction_id) where transaction_id is not null do nothing;
  if not found then
    select * into v_earlier from public.quota_log where transaction_id = p_transaction_id;
    return vidops.replayed_purchase(v_earlier, p_user_id, p_amount);
  end if;

  update public.users
  set credits_remaining = credits_remaining + p_amount, credits_total = credits_total + p_amount, updated_at = now()
  where id = p_user_id;

  return jsonb_build_object('success', true, 'credits_added', p_amount,
    'credits_remaining', v_user.credits_remaining + p_amount, 'replayed', false);
end $$;

-- The answer to a store transaction that has been booked: as given then, if it is the same purchase.
create or replace function vidops.replayed_purchase(p_entry public.quota_log, p_user_id uuid, p_amount integer)
returns jsonb language sql immutable set search_path = '' as $$
  select case when p_entry.user_id = p_user_id and p_entry.change = p_amount
    then jsonb_build_object('success', true, 'credits_added', p_amount, 'credits_remaining', p_entry.balance_after, 'replayed', true)
    else jsonb_build_object('success', false, 'error', 'transaction_id_reused', 'code', 'ERR_4010')
  end;
$$;

comment on function public.add_credits(uuid, integer, text, text) is
  'Books a grant or a purchase: balance and ledger row in one transaction. p_transaction_id (a store purchase) is booked once, ever: '
  'the same one again gives the same answer with replayed true, for another user or amount error transaction_id_reused.';
revoke execute on function public.add_credits(uuid, integer, text, text) from public, anon, authenticated;
grant execute on function public.add_credits(uuid, integer, text, text) to service_role;
revoke execute on function vidops.replayed_purchase(public.quota_log, uuid, integer) from public, anon, authenticated, service_role;
