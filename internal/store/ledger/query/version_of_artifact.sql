select version
from version
where model = :model and artifact = :artifact
