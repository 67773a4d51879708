"""The words of click itself, so that its refusals speak the language of the terminal.

Click asks gettext's own domain for them; `words.translate_click` points it at our catalogue.
"""

from typing import Final

from vernost.core.i18n import _, n_

TEXTS: Final = (
    _("Aborted!"),
    _("Error: {message}"),
    _("Usage:"),
    _("Options"),
    _("Commands"),
    _("Positional arguments"),
    _("Try '{command} {option}' for help."),
    _("Show this message and exit."),
    _("Show the version and exit."),
    _("Error: invalid input"),
    _("Invalid value: {message}"),
    _("Invalid value for {param_hint}: {message}"),
    _("Missing command."),
    _("Missing argument"),
    _("Missing option"),
    _("Choose from:\n\t{choices}"),
    _("No such option {name!r}."),
    _("No such command {name!r}."),
    _("Option {name!r} does not take a value."),
    _("default: {default}"),
    _("required"),
    _("path"),
    _("file"),
    _("directory"),
    _("{name} {filename!r} does not exist."),
    _("{name} {filename!r} is a directory."),
    _("{name} {filename!r} is a file."),
    _("{name} {filename!r} is not readable."),
    _("{name} {filename!r} is not writable."),
    _("{value!r} is not a valid {number_type}."),
    _("{value} is not in the range {range}."),
    _("{value!r} is not a valid boolean. Recognized values: {states}"),
    _("Could not open file {filename!r}: {message}"),
)
# The names of values, made of click's types; `spoken` translates them.
METAVARS: Final = (
    _("[OPTIONS]"),
    _("COMMAND [ARGS]..."),
    _("TEXT"),
    _("DATE"),
    _("INTEGER"),
    _("INTEGER RANGE"),
    _("FLOAT RANGE"),
    _("BOOLEAN"),
    _("FILE"),
    _("DIRECTORY"),
    _("PATH"),
    _("NUMBER:HASH"),
)
PLURALS: Final = (
    n_("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    n_("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    n_("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    n_("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)
