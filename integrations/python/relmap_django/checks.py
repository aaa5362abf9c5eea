"""Are the settings right?  What is misspelt in them would have no effect."""
import difflib
import json

from django.apps import apps
from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from relmap_sqlalchemy.declare import OPTIONS

from .declare import declarations, is_wanted

# info says which field an attribute is of
_SETTABLE = [option for option in OPTIONS if option != 'info']


def check_settings(**_):
    """A system check: RELMAP_APPS names apps, RELMAP_OPTIONS what is declared,
    with options that there are."""
    return _of_apps() or _of_options()


def before_migrate(**_):
    """For pre_migrate: the same, where system checks are skipped."""
    errors = check_settings()
    if errors:
        raise ImproperlyConfigured(' '.join(filter(None, (errors[0].msg, errors[0].hint))))


def _of_apps():
    labels = getattr(settings, 'RELMAP_APPS', None)
    if labels is None:
        return []
    if isinstance(labels, str):
        return [Error('RELMAP_APPS is a string.', hint='It is a list of the labels of apps.', id='relmap.E001')]
    known = [config.label for config in apps.get_app_configs()]
    return [Error('RELMAP_APPS names "%s", which is not the label of an installed app.' % label,
                  hint=_near(label, known), id='relmap.E001')
            for label in labels if label not in known]


def _of_options():
    given = getattr(settings, 'RELMAP_OPTIONS', {})
    errors = [Error('RELMAP_OPTIONS has the unknown option "%s" for "%s".' % (option, label),
                    hint=_near(option, _SETTABLE), id='relmap.E003')
              for label, options in given.items() for option in options if option not in _SETTABLE]
    if errors:
        return errors
    if not given:
        return []
    known = {json.loads(declaration.options['info'])['django']
             for config in apps.get_app_configs() if is_wanted(config)
             for using in connections
             for declaration in declarations(config, using)}
    return [Error('RELMAP_OPTIONS names "%s", which is not declared.' % label,
                  hint=_near(label, known) or 'It is no field with a foreign key, and no other side of one.',
                  id='relmap.E002')
            for label in given if label not in known]


def _near(word, words):
    near = difflib.get_close_matches(word, sorted(words), n=1)
    return 'Did you mean "%s"?' % near[0] if near else None
