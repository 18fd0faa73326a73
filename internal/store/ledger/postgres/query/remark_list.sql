select run, name, note, tags
from remark
where run in (select value from json_array_elements_text(cast(:runs as json)))
