"""Install the npm packages that the TypeScript SDK is built and tested with."""

from sdks.npm import install

if __name__ == "__main__":
    install()
