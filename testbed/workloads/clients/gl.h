/* SPDX-License-Identifier: MIT */
/*
 * Mesa's OpenGL driver (iris), by EGL without a window. The command streamer writes the value of a
 * query to a buffer, so no shader is needed.
 */

#ifndef CLIENT_GL_H
#define CLIENT_GL_H

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/gl.h>
#include <GL/glext.h>

#include "client.h"

enum { GL_QUERIES };

static struct {
	EGLDisplay display;
	EGLContext context;
	GLuint query;
	GLuint64 timestamp; /* of the last write */

	PFNEGLGETPROCADDRESSPROC eglGetProcAddress;
	PFNEGLGETPLATFORMDISPLAYPROC eglGetPlatformDisplay;
	PFNEGLINITIALIZEPROC eglInitialize;
	PFNEGLBINDAPIPROC eglBindAPI;
	PFNEGLCREATECONTEXTPROC eglCreateContext;
	PFNEGLMAKECURRENTPROC eglMakeCurrent;
	PFNEGLDESTROYCONTEXTPROC eglDestroyContext;
	PFNEGLTERMINATEPROC eglTerminate;
	GLenum (*glGetError)(void);
	const GLubyte *(*glGetString)(GLenum name);
	void (*glFinish)(void);
	PFNGLGENBUFFERSPROC glGenBuffers;
	PFNGLDELETEBUFFERSPROC glDeleteBuffers;
	PFNGLBINDBUFFERPROC glBindBuffer;
	PFNGLBUFFERDATAPROC glBufferData;
	PFNGLGENQUERIESPROC glGenQueries;
	PFNGLDELETEQUERIESPROC glDeleteQueries;
	PFNGLQUERYCOUNTERPROC glQueryCounter;
	PFNGLGETQUERYOBJECTUI64VPROC glGetQueryObjectui64v;
} gl;

struct gl_object {
	GLuint buffer;
	size_t size;
};

static void gl_check(const char *call)
{
	const GLenum error = gl.glGetError();

	if (error)
		die("%s: error %04x", call, error);
}

static const char *gl_open(void)
{
	static const EGLint attributes[] = {
		EGL_CONTEXT_MAJOR_VERSION, 4,
		EGL_CONTEXT_MINOR_VERSION, 4,
		EGL_NONE,
	};
	static char text[256];
	void *egl = load_library("libEGL.so.1");

	gl.eglGetProcAddress = load_symbol(egl, "eglGetProcAddress");
#define LOAD_GL(name) \
	do { \
		gl.name = (__typeof__(gl.name))gl.eglGetProcAddress(#name); \
		if (!gl.name) \
			die("there is no %s", #name); \
	} while (0)
	LOAD_GL(eglGetPlatformDisplay);
	LOAD_GL(eglInitialize);
	LOAD_GL(eglBindAPI);
	LOAD_GL(eglCreateContext);
	LOAD_GL(eglMakeCurrent);
	LOAD_GL(eglDestroyContext);
	LOAD_GL(eglTerminate);
	LOAD_GL(glGetError);
	LOAD_GL(glGetString);
	LOAD_GL(glFinish);
	LOAD_GL(glGenBuffers);
	LOAD_GL(glDeleteBuffers);
	LOAD_GL(glBindBuffer);
	LOAD_GL(glBufferData);
	LOAD_GL(glGenQueries);
	LOAD_GL(glDeleteQueries);
	LOAD_GL(glQueryCounter);
	LOAD_GL(glGetQueryObjectui64v);
#undef LOAD_GL

	gl.display = gl.eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY,
					      NULL);
	if (!gl.display || !gl.eglInitialize(gl.display, NULL, NULL) ||
	    !gl.eglBindAPI(EGL_OPENGL_API))
		die("EGL does not start");
	gl.context = gl.eglCreateContext(gl.display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT,
					 attributes);
	if (!gl.context ||
	    !gl.eglMakeCurrent(gl.display, EGL_NO_SURFACE, EGL_NO_SURFACE, gl.context))
		die("EGL has no context for OpenGL 4.4");
	gl.glGenQueries(1, &gl.query);
	gl_check("glGenQueries");
	snprintf(text, sizeof(text), "%.100s: %.100s", gl.glGetString(GL_VERSION),
		 gl.glGetString(GL_RENDERER));
	return text;
}

static void gl_close(void)
{
	gl.glDeleteQueries(1, &gl.query);
	gl.eglMakeCurrent(gl.display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	gl.eglDestroyContext(gl.display, gl.context);
	gl.eglTerminate(gl.display);
}

static void *gl_import(void *ptr, size_t size)
{
	struct gl_object *o = calloc(1, sizeof(*o));

	if (!o)
		die("no memory");
	o->size = size;
	gl.glGenBuffers(1, &o->buffer);
	gl.glBindBuffer(GL_EXTERNAL_VIRTUAL_MEMORY_BUFFER_AMD, o->buffer);
	gl.glBufferData(GL_EXTERNAL_VIRTUAL_MEMORY_BUFFER_AMD, size, ptr, GL_STREAM_COPY);
	gl_check("glBufferData");
	gl.glBindBuffer(GL_EXTERNAL_VIRTUAL_MEMORY_BUFFER_AMD, 0);
	return o;
}

static uint64_t gl_written(unsigned int use, size_t offset)
{
	(void)use;
	(void)offset;
	return gl.timestamp;
}

static void gl_write(void *object, unsigned int use, size_t step)
{
	struct gl_object *o = object;
	size_t i;

	(void)use;
	gl.glQueryCounter(gl.query, GL_TIMESTAMP);
	gl.glGetQueryObjectui64v(gl.query, GL_QUERY_RESULT, &gl.timestamp);
	gl.glBindBuffer(GL_QUERY_BUFFER, o->buffer);
	for (i = 0; i < o->size; i += step)
		gl.glGetQueryObjectui64v(gl.query, GL_QUERY_RESULT, (GLuint64 *)i);
	gl_check("glGetQueryObjectui64v");
	gl.glBindBuffer(GL_QUERY_BUFFER, 0);
	gl.glFinish();
}

static void gl_release(void *object)
{
	struct gl_object *o = object;

	gl.glDeleteBuffers(1, &o->buffer);
	gl.glFinish();
	free(o);
}

static const struct client opengl = {
	.id = "opengl",
	.name = "OpenGL (iris)",
	.use = { [GL_QUERIES] = "glGetQueryObjectui64v" },
	.open = gl_open,
	.close = gl_close,
	.import = gl_import,
	.write = gl_write,
	.written = gl_written,
	.release = gl_release,
};

#endif
