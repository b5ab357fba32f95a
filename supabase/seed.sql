-- A believable business for laptops, demos and tests: 1,000 users in three languages, 12 models of three providers, 20,000 jobs
-- over 60 days, and a ledger that adds up because every balance below is computed from it. Deterministic but for the present
-- time. Runs on an empty, migrated database only; a migration never holds demo data.

do $$
begin
  if exists (select from public.users where email like '%@example.com') then
    raise exception 'this database has demo data already' using hint = 'vidops local reset makes an empty one.';
  end if;
end $$;

do $$ begin perform setseed(0.2026); end $$;

insert into public.models (name, category, description, cost_per_generation, provider, provider_model_id, is_featured, is_available, created_at)
select m.name, m.category, m.description, m.cost, m.provider, m.provider_model_id, m.featured, m.available, now() - interval '120 days'
from (values
  ('Kling 2.1 Standard', 'text-to-video', 'Fast clips with steady motion', 4, 'fal', 'fal-ai/kling-video/v2.1/standard/text-to-video', true, true),
  ('Kling 2.1 Master', 'text-to-video', 'Cinematic motion and light', 12, 'fal', 'fal-ai/kling-video/v2.1/master/text-to-video', true, true),
  ('Veo 3 Fast', 'text-to-video', 'Sound and picture in one pass', 10, 'fal', 'fal-ai/veo3/fast', true, true),
  ('Hailuo 02', 'image-to-video', 'Brings a photo to life', 5, 'fal', 'fal-ai/minimax/hailuo-02/standard/image-to-video', false, true),
  ('LTX Video', 'text-to-video', 'Drafts in seconds', 2, 'fal', 'fal-ai/ltx-video-13b-distilled', false, true),
  ('Wan 2.2', 'text-to-video', 'Open model, many styles', 3, 'fal', 'fal-ai/wan/v2.2-a14b/text-to-video', false, true),
  ('Gen-4 Turbo', 'image-to-video', 'Consistent characters', 8, 'runway', 'gen4_turbo', true, true),
  ('Gen-4 Aleph', 'video-to-video', 'Edits an existing shot', 15, 'runway', 'gen4_aleph', false, true),
  ('Act-Two', 'video-to-video', 'Performance to character', 9, 'runway', 'act_two', false, false),
  ('Pika 2.2', 'text-to-video', 'Playful and quick', 4, 'pika', 'fal-ai/pika/v2.2/text-to-video', false, true),
  ('Pika Scenes', 'image-to-video', 'Several images, one scene', 6, 'pika', 'fal-ai/pika/v2.2/pikascenes', false, true),
  ('Pika Frames', 'image-to-video', 'From first frame to last', 6, 'pika', 'fal-ai/pika/v2.2/pikaframes', false, true)
) as m(name, category, description, cost, provider, provider_model_id, featured, available);

insert into public.users (email, device_id, is_guest, tier, language, theme_preference, initial_grant_claimed, is_admin, created_at, updated_at)
select
  case when n.guest then null else format('%s.%s%s@example.com', n.first, n.last, n.i) end,
  format('device-%s', lpad(n.i::text, 5, '0')),
  n.guest, case when n.i % 7 = 0 then 'premium' else 'free' end, n.language, (array['system', 'light', 'dark'])[1 + n.i % 3],
  true, n.i in (1, 2), n.since, n.since
from (
  select i, (i % 5 = 0 and i > 10) as guest,
    (array['en', 'tr', 'es'])[1 + i % 3] as language,
    case i % 3
      when 0 then (array['olivia', 'noah', 'amelia', 'liam', 'grace', 'henry', 'ruby', 'oscar'])[1 + (i / 3) % 8]
      when 1 then (array['zeynep', 'mehmet', 'elif', 'emre', 'defne', 'kerem', 'azra', 'deniz'])[1 + (i / 3) % 8]
      else (array['lucia', 'mateo', 'sofia', 'hugo', 'valeria', 'diego', 'carmen', 'pablo'])[1 + (i / 3) % 8]
    end as first,
    case i % 3
      when 0 then (array['smith', 'walker', 'reed', 'cole', 'hayes'])[1 + (i / 7) % 5]
      when 1 then (array['yilmaz', 'kaya', 'demir', 'celik', 'sahin'])[1 + (i / 7) % 5]
      else (array['garcia', 'lopez', 'moreno', 'ruiz', 'vega'])[1 + (i / 7) % 5]
    end as last,
    now() - interval '60 days' - random() * interval '30 days' as since
  from generate_series(1, 1000) i
) n;

-- Few users make most of the videos, few models most of the use: squared random numbers fall near the front of the line.
create temporary table demo_job as
select gen_random_uuid() as job_id, u.id as user_id, u.language, m.id as model_id, m.cost_per_generation as cost, m.provider,
  now() - j.age as created_at, j.i, j.luck,
  case
    when j.age < interval '3 minutes' then 'pending'
    when j.age < interval '25 minutes' then 'processing'
    when j.luck < 0.09 then 'failed'
    else 'completed'
  end as status
from (
  -- The youngest jobs are minutes old, so that every status is there; the rest spread over 60 days.
  select i, random() as luck, power(random(), 2) as who, power(random(), 1.6) as what,
    case when i <= 60 then interval '10 seconds' + i * interval '24 seconds' else interval '25 minutes' + random() * (interval '60 days' - interval '25 minutes') end as age
  from generate_series(1, 20000) i
) j
join (select id, language, row_number() over (order by created_at) as n from public.users) u on u.n = 1 + floor(j.who * 1000)
join (select id, cost_per_generation, provider, row_number() over (order by is_featured desc, name) as n from public.models) m on m.n = 1 + floor(j.what * 12);

insert into public.video_jobs (job_id, user_id, model_id, prompt, settings, status, video_url, thumbnail_url, credits_used, error_message, provider_job_id, created_at, completed_at)
select job_id, user_id, model_id,
  case language
    when 'tr' then (array['Gün batımında Kapadokya üzerinde balonlar', 'Yağmurlu İstanbul sokağında sarı taksi', 'Karlı dağda koşan at', 'Boğazda vapur ve martılar'])[1 + i % 4]
    when 'es' then (array['Un faro en la tormenta, plano aéreo', 'Mercado de Oaxaca al amanecer', 'Un zorro corre por la nieve', 'Barcos de papel en un río'])[1 + i % 4]
    else (array['A lighthouse in a storm, drone shot', 'Neon street in the rain, slow pan', 'A paper boat on a quiet river', 'Time lapse of a blooming peony'])[1 + i % 4]
  end,
  jsonb_build_object('duration', 5 + 5 * (i % 2), 'resolution', case i % 3 when 0 then '1080p' else '720p' end),
  status,
  case when status = 'completed' then format('videos/%s.mp4', job_id) end,
  case when status = 'completed' then format('thumbnails/%s.jpg', job_id) end,
  cost,
  case when status = 'failed' then (array['provider timeout', 'content policy: prompt refused', 'provider unavailable', 'output missing'])[1 + i % 4] end,
  case when status <> 'pending' then format('%s-%s', provider, substr(md5(job_id::text), 1, 16)) end,
  created_at,
  case when status in ('completed', 'failed') then created_at + interval '40 seconds' + luck * interval '4 minutes' end
from demo_job;

-- The books, written in the order of time: a grant at sign-up, a charge a job, a pack bought when the balance runs short, and a
-- refund by an admin for a third of the failed jobs. The rest of the failed jobs is work for ops.
do $$
declare
  v_event record;
  v_pack integer;
  v_balance integer;
  v_action bigint;
  v_admins uuid[] := array(select id from public.users where is_admin order by email);
begin
  create temporary table demo_balance (user_id uuid primary key, balance integer not null, total integer not null);
  for v_event in
    select created_at as at, 'grant' as kind, id as user_id, null::uuid as job_id, 10 as amount, null::text as provider from public.users
    union all
    select created_at, 'charge', user_id, job_id, cost, provider from demo_job
    union all
    select created_at + interval '2 hours', 'refund', user_id, job_id, cost, provider from demo_job
    where status = 'failed' and i % 3 = 0 and created_at < now() - interval '2 hours'
    order by at, kind
  loop
    if v_event.kind = 'grant' then
      insert into demo_balance values (v_event.user_id, 10, 10);
      insert into public.quota_log (user_id, change, reason, balance_after, created_at)
      values (v_event.user_id, 10, 'initial_grant', 10, v_event.at);
    elsif v_event.kind = 'charge' then
      select balance into v_balance from demo_balance where user_id = v_event.user_id;
      if v_balance < v_event.amount then
        v_pack := (array[20, 50, 50, 100])[1 + floor(random() * 4)::integer];
        update demo_balance set balance = balance + v_pack, total = total + v_pack where user_id = v_event.user_id returning balance into v_balance;
        insert into public.quota_log (user_id, change, reason, transaction_id, balance_after, created_at)
        values (v_event.user_id, v_pack, 'purchase', 'demo-' || gen_random_uuid(), v_balance, v_event.at - interval '1 second');
      end if;
      update demo_balance set balance = balance - v_event.amount where user_id = v_event.user_id returning balance into v_balance;
      insert into public.quota_log (user_id, job_id, change, reason, balance_after, created_at)
      values (v_event.user_id, v_event.job_id, -v_event.amount, 'video_generation', v_balance, v_event.at);
    else
      update demo_balance set balance = balance + v_event.amount where user_id = v_event.user_id returning balance into v_balance;
      insert into public.admin_actions (admin_user_id, action_type, target_user_id, target_job_id, amount, reason, reason_code, details, created_at)
      values (v_admins[1 + floor(random() * 2)::integer], 'credit_refund', v_event.user_id, v_event.job_id, v_event.amount,
        format('%s failed, reported by the user', v_event.provider), 'provider_failure',
        jsonb_build_object('previous_balance', v_balance - v_event.amount, 'new_balance', v_balance), v_event.at)
      returning id into v_action;
      insert into public.quota_log (user_id, job_id, change, reason, balance_after, created_at, admin_action_id)
      values (v_event.user_id, v_event.job_id, v_event.amount, 'admin_refund:provider_failure', v_balance, v_event.at, v_action);
      update public.video_jobs set credits_refunded = v_event.amount where job_id = v_event.job_id;
    end if;
  end loop;
  update public.users u set credits_remaining = b.balance, credits_total = b.total from demo_balance b where b.user_id = u.id;

  -- One model taken out of service and one banned user, as the audit tells it.
  insert into public.admin_actions (admin_user_id, action_type, target_model_id, reason, created_at)
  select v_admins[1], 'model_disable', id, 'provider retired this version', now() - interval '9 days' from public.models where not is_available;
  with banned as (
    update public.users set banned_at = now() - interval '5 days', ban_reason = 'chargeback fraud'
    where id = (select id from public.users where not is_admin and email is not null order by email desc limit 1) returning id
  )
  insert into public.admin_actions (admin_user_id, action_type, target_user_id, reason, created_at)
  select v_admins[2], 'user_ban', id, 'chargeback fraud', now() - interval '5 days' from banned;
end $$;

-- Logs that reach back past their retention, so that a cleanup has work.
insert into public.error_log (user_id, error_code, endpoint, request_id, language, status, request_data, error_details, created_at)
select d.user_id, k.code, k.endpoint, 'req_demo' || lpad(d.i::text, 6, '0'), d.language, k.status, jsonb_build_object('model_id', d.model_id),
  jsonb_build_object('name', 'VidopsError', 'reason', k.reason, 'message', replace(k.message, '%', d.i::text), 'provider', d.provider),
  now() - (d.luck * interval '120 days')
from demo_job d
join (values
  (0, 'ERR_5001', 504, '/generate-video', 'provider_timeout', 'The provider did not answer within 60 s (request %).'),
  (1, 'ERR_5001', 504, '/generate-video', 'provider_timeout', 'The provider did not answer within 60 s (request %).'),
  (2, 'ERR_5002', 502, '/generate-video', 'provider_unavailable', 'The provider answered 503.'),
  (3, 'ERR_5003', 502, '/generate-video', 'provider_rejected', 'The provider refused the prompt of request %.'),
  (4, 'ERR_4001', 402, '/generate-video', 'insufficient_credits', 'There are not enough credits.'),
  (5, 'ERR_4004', 429, '/purchase', 'rate_limited', 'Too many requests.'),
  (6, 'ERR_6001', 500, '/profile', 'database_error', 'The database reported an error (XX000).')
) as k(kind, code, status, endpoint, reason, message) on k.kind = d.i % 7
where d.i % 8 = 0;

insert into public.rate_limit_log (ip_address, action, user_id, created_at, allowed)
select format('203.0.113.%s', d.i % 250)::inet, (array['video_generation', 'video_generation', 'credit_purchase'])[1 + d.i % 3],
  d.user_id, now() - d.luck * interval '10 days', d.i % 20 <> 0
from demo_job d where d.i % 2 = 0;

insert into public.idempotency_log (idempotency_key, user_id, job_id, operation_type, response_data, status_code, created_at, expires_at)
select gen_random_uuid()::text, d.user_id, d.job_id, 'generate_video', jsonb_build_object('job_id', d.job_id), 200, t.at, t.at + interval '24 hours'
from demo_job d cross join lateral (select now() - d.luck * interval '3 days' as at) t where d.i % 10 = 0;

drop table demo_job, demo_balance;
