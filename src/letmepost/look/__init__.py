"""What the pages of every surface look alike by: colours, letters, the logo and icons."""
