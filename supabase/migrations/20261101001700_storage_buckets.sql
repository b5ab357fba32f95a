-- Where videos, their thumbnails and users' uploads lie. Only thumbnails are public; the rest is reached by signed URLs that the
-- server makes, so no policy is needed. A stack without Storage skips this.

do $$
begin
  if to_regclass('storage.buckets') is null then
    raise notice 'vidops: no storage schema here, buckets skipped';
    return;
  end if;
  insert into storage.buckets (id, name, public)
  values ('videos', 'videos', false), ('thumbnails', 'thumbnails', true), ('user_uploads', 'user_uploads', false)
  on conflict (id) do nothing;
end $$;
