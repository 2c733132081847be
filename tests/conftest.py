"""Settings that all tests share."""

from hypothesis import HealthCheck, settings

# A busy machine is slow to make examples; that says nothing about the code under test.
settings.register_profile("waqai", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("waqai")
