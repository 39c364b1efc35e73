"""`letmepost worker`: publish what is due, beside any number of other workers."""


def worker() -> None:
    """Publish what is due, beside any number of other workers."""
    import os  # noqa: PLC0415 - loaded when it runs

    from letmepost.kit.collector import imports_kept  # noqa: PLC0415 - as above

    with imports_kept():
        from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above
        from letmepost.kit.http_server import run_until_done  # noqa: PLC0415 - as above
        from letmepost.kit.logs import configure_logs  # noqa: PLC0415 - as above
        from letmepost.worker import run_worker  # noqa: PLC0415 - as above

    configuration = read_configuration(os.environ)
    configure_logs(configuration.server.log_level)
    run_until_done(run_worker(configuration))
