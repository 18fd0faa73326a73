insert into key (digest, text) values (:digest, :text)
on conflict do nothing
