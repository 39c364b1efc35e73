"""The MCP server: the API as tools of an agent, the docs as its resources.

Nothing here but `serving` and `stdio` imports the SDK: it is loaded at the first MCP request.
"""
