from tests.platform.language_models.conftest import provider as provider
from tests.platform.language_models.conftest import writer as writer
