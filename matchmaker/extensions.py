"""Flask extensions, unbound: `app.create_app` binds them.

Flask-Security is made anew for each application in `web.accounts.security`: it takes its class for
mails only when it is made.
"""

from __future__ import annotations

from flask_alembic import Alembic
from flask_babel import Babel
from flask_mailman import Mail
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf import CSRFProtect

from matchmaker.database import Model

db = SQLAlchemy()
alembic = Alembic(run_mkdir=False, metadatas=Model.metadata)
babel = Babel()
csrf = CSRFProtect()
mail = Mail()
