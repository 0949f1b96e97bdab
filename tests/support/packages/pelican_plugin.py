"""A plugin of pelican's, of the two kinds that there are: a module, and a class."""

from pelican import signals


def add_reader(readers): ...


def add_generator(pelican): ...


class Words:
    """Counts the words of articles."""

    @classmethod
    def register(cls):
        signals.article_generator_finalized.connect(cls.count)
        signals.content_object_init.connect(cls.of_content)

    @classmethod
    def count(cls, generator): ...

    @staticmethod
    def of_content(content): ...


def register():
    signals.readers_init.connect(add_reader)
    signals.get_generators.connect(add_generator)
    signals.finalized.connect(lambda pelican: None)  # weak: it is gone at once
