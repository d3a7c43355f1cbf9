SECRET_KEY = "only for tests"
ROOT_URLCONF = "site_of_ours.urls"
ALLOWED_HOSTS = ["testserver"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
USE_TZ = True
