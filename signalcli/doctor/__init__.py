"""What is wrong with signals that nobody is told of: the rules that ``signalcli doctor`` checks.

A rule reads what a :class:`~signalcli.doctor.evidence.Evidence` has: the signals, what was sent,
what was connected. Where what it needs isn't there, it is not checked, and that is said. To add one,
write its check in the module of its kind, and name it in :data:`signalcli.doctor.examine.RULES`.
"""
